"""Second training phase: train the language model to answer from the outputs of the frozen encoders."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mma_bench.sources.synthetic.drawing import CLASSES
from mma_eval.models.packing import Conversation, as_turn, pack
from mma_eval.models.prefix import positions_of
from mma_eval.tiny_omni.architecture import INPUT
from mma_eval.tiny_omni.card import Phase
from mma_eval.tiny_omni.curriculum import Example, Stage, draw_example
from mma_eval.tiny_omni.encoders import encode_audio, encode_video, mel_spectrograms
from mma_eval.tiny_omni.pool import SECONDS, Pool

_BATCH = 64
_LONG_EVERY, _LONG_SHARE = 8, 6
"""In the second half of training, every 8th batch has long distractors and a sixth of the usual size."""


@dataclass(frozen=True)
class EncodedPool:
    """Encoder outputs of a pool; the last video entry encodes black frames, the last audio entry silence."""

    video: Any
    """(N + 1, tokens, hidden)."""
    audio: Any
    """(M + 1, tokens, hidden)."""

    def draw_video(self, class_index: int | None, rng: np.random.Generator) -> Any:
        """Draw an encoded video of a class; None gives black frames."""
        return self.video[_draw_index(len(self.video) - 1, class_index, rng)]

    def draw_audio(self, class_index: int | None, rng: np.random.Generator) -> Any:
        """Draw an encoded audio track of a class; None gives silence."""
        return self.audio[_draw_index(len(self.audio) - 1, class_index, rng)]


@dataclass(frozen=True)
class _Prefix:
    """The part of the prompt before the question, shared by all clips since they have the same length."""

    ids: Any
    """(length,)."""
    positions: Any
    """(3, length)."""
    video_at: Any
    """Indices of the video tokens."""
    audio_at: Any
    """Indices of the audio tokens."""
    after: str
    """Text of the prompt after the question."""


def encode_pool(thinker: Any, processor: Any, pool: Pool) -> EncodedPool:
    """Encode all video and audio of a pool."""
    import torch

    black = np.zeros((1, *pool.frames.shape[1:]), np.uint8)
    silence = np.zeros((1, pool.audio.shape[1]), np.int16)
    with torch.inference_mode():
        frames = np.concatenate([pool.frames, black])
        batches = range(0, len(frames), _BATCH)
        video = torch.cat([encode_video(thinker, processor, frames[k : k + _BATCH]) for k in batches])
        mels = mel_spectrograms(processor, np.concatenate([pool.audio, silence]))
        audio = torch.cat([encode_audio(thinker, mels[k : k + _BATCH]) for k in range(0, len(mels), _BATCH)])
    return EncodedPool(video.clone(), audio.clone())


def train_language_model(
    thinker: Any,
    processor: Any,
    encoded: EncodedPool,
    phase: Phase,
    *,
    seed: int,
    progress: Callable[[int, float], None],
) -> None:
    """Train the language model on the curriculum, with frozen encoders.

    Args:
        thinker: the model.
        processor: its processor.
        encoded: encoder outputs of the training data.
        phase: steps, batch size and learning rate.
        seed: seed of the examples.
        progress: called with the step and the answer-token accuracy of its batch.
    """
    import torch
    from transformers import get_cosine_schedule_with_warmup

    rng = np.random.default_rng([seed, 3])
    prefix = _prompt_prefix(thinker, processor)
    model = thinker.model.language_model
    parameters = [*model.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=phase.peak, weight_decay=0.02, betas=(0.9, 0.98))
    schedule = get_cosine_schedule_with_warmup(optimiser, phase.steps // 20, phase.steps)
    thinker.train()
    for step in range(1, phase.steps + 1):
        stage = _stage(step, phase.steps)
        batch = phase.batch // _LONG_SHARE if stage == "long" else phase.batch
        examples = [draw_example(CLASSES, rng, stage) for _ in range(batch)]
        packed = pack([_prompt(processor.tokenizer, prefix, e) for e in examples], processor.tokenizer.pad_token_id)
        embeds = model.embed_tokens(packed.ids).clone()
        embeds[:, prefix.video_at] = torch.stack([encoded.draw_video(e.video_class, rng) for e in examples])
        embeds[:, prefix.audio_at] = torch.stack([encoded.draw_audio(e.audio_class, rng) for e in examples])
        hidden = model(
            inputs_embeds=embeds,
            position_ids=packed.positions,
            attention_mask={"full_attention": packed.mask},
            use_cache=False,
        ).last_hidden_state
        # The hidden state before an answer token predicts it.
        logits = thinker.lm_head(hidden[:, :-1][packed.answered[:, 1:]])
        labels = packed.ids[:, 1:][packed.answered[:, 1:]]
        loss = torch.nn.functional.cross_entropy(logits, labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        classes = labels != processor.tokenizer.eos_token_id
        progress(step, float((logits.argmax(-1) == labels)[classes].float().mean()))
    thinker.eval()


def _prompt_prefix(thinker: Any, processor: Any) -> _Prefix:
    """Tokenise the prompt of a ten-second clip up to its question with the processor."""
    import torch

    question = "QUESTION"
    prompt = processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "video", "video": "clip"}, {"type": "text", "text": question}]}],
        tokenize=False,
        add_generation_prompt=True,
    )
    before, _, after = prompt.partition(question)
    inputs = processor(
        text=[before],
        videos=[torch.zeros(round(SECONDS * INPUT.fps), 3, INPUT.side, INPUT.side, dtype=torch.uint8)],
        audio=[np.zeros(round(SECONDS * 16_000), np.float32)],
        load_audio_from_video=True,
        audio_from_video_indices=[0],
        do_sample_frames=False,
        do_resize=False,
        cap_pixels_per_frame=False,
        fps=INPUT.fps,
        return_tensors="pt",
    )
    ids = inputs["input_ids"][0]
    video_at, audio_at = (
        (ids == getattr(thinker.config, f"{kind}_token_id")).nonzero()[:, 0] for kind in ("video", "audio")
    )
    return _Prefix(ids, positions_of(thinker, inputs)[:, 0], video_at, audio_at, after)


def _prompt(tokenizer: Any, prefix: _Prefix, example: Example) -> Conversation:
    turns = [as_turn(tokenizer, asked.text + prefix.after, asked.answer) for asked in example.questions]
    return Conversation(prefix.ids, prefix.positions, turns)


def _stage(step: int, steps: int) -> Stage:
    """Choose the questions of a step.

    Existence questions come first: when introduced together with class questions, they were never learnt.
    """
    if step <= steps // 2:
        return "existence"
    return "long" if step % _LONG_EVERY == 0 else "all"


def _draw_index(count: int, class_index: int | None, rng: np.random.Generator) -> int:
    if class_index is None:
        return count
    return class_index + len(CLASSES) * int(rng.integers((count - 1 - class_index) // len(CLASSES) + 1))
