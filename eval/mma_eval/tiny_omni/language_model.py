"""Second training phase: train the language model to answer from the outputs of the frozen encoders."""

from collections.abc import Callable
from typing import Any

import numpy as np

from mma_bench.sources.synthetic.drawing import CLASSES
from mma_eval.models.packing import Conversation, as_turn, pack
from mma_eval.models.prefix import positions_of
from mma_eval.tiny_omni.architecture import FPS, SIDE
from mma_eval.tiny_omni.card import Phase
from mma_eval.tiny_omni.encoders import encode_audio, encode_video, mel_spectrograms, run_phase
from mma_eval.tiny_omni.training_data import SECONDS, Pool, Stage, draw_example

_BATCH = 64
_LONG_EVERY, _LONG_SHARE = 8, 6
"""In the second half of training, every 8th batch has long distractors and a sixth of the usual size."""


def train_language_model(
    thinker: Any, processor: Any, pool: Pool, phase: Phase, *, seed: int, progress: Callable[[int, float], None]
) -> None:
    """Train the language model with frozen encoders, on the questions that `_stage` chooses for each step.

    `progress` is called with the step and the answer-token accuracy of its batch.
    """
    import torch

    video, audio = _encode_pool(thinker, processor, pool)
    rng = np.random.default_rng([seed, 3])
    prefix_ids, prefix_positions, after = _prompt_prefix(thinker, processor)
    video_at, audio_at = (
        (prefix_ids == getattr(thinker.config, f"{kind}_token_id")).nonzero()[:, 0] for kind in ("video", "audio")
    )
    model, tokenizer = thinker.model.language_model, processor.tokenizer

    def run_batch(step: int) -> tuple[Any, Any]:
        stage = _stage(step, phase.steps)
        batch = phase.batch // _LONG_SHARE if stage == "long" else phase.batch
        examples = [draw_example(CLASSES, rng, stage) for _ in range(batch)]
        turns = [[as_turn(tokenizer, asked.text + after, asked.answer) for asked in e.questions] for e in examples]
        packed = pack([Conversation(prefix_ids, prefix_positions, t) for t in turns], tokenizer.pad_token_id)
        embeds = model.embed_tokens(packed.ids).clone()
        embeds[:, video_at] = torch.stack([_drawn(video, e.video_class, rng) for e in examples])
        embeds[:, audio_at] = torch.stack([_drawn(audio, e.audio_class, rng) for e in examples])
        hidden = model(
            inputs_embeds=embeds,
            position_ids=packed.positions,
            attention_mask={"full_attention": packed.mask},
            use_cache=False,
        ).last_hidden_state
        # The hidden state before an answer token predicts it.
        logits = thinker.lm_head(hidden[:, :-1][packed.answered[:, 1:]])
        labels = packed.ids[:, 1:][packed.answered[:, 1:]]
        right = (logits.argmax(-1) == labels)[labels != tokenizer.eos_token_id]
        return torch.nn.functional.cross_entropy(logits, labels), right

    thinker.train()
    run_phase(phase, list(model.parameters()), run_batch, progress, betas=(0.9, 0.98))
    thinker.eval()


def _encode_pool(thinker: Any, processor: Any, pool: Pool) -> tuple[Any, Any]:
    """Encode all video and all audio, each as (N, tokens, hidden); the last item of each is black or silent."""
    import torch

    frames = np.concatenate([pool.frames, np.zeros((1, *pool.frames.shape[1:]), np.uint8)])
    audio = np.concatenate([pool.audio, np.zeros((1, pool.audio.shape[1]), np.int16)])
    with torch.inference_mode():
        starts = range(0, len(frames), _BATCH)
        video = torch.cat([encode_video(thinker, processor, frames[k : k + _BATCH]) for k in starts])
        mels = mel_spectrograms(processor, audio)
        sound = torch.cat([encode_audio(thinker, mels[k : k + _BATCH]) for k in range(0, len(mels), _BATCH)])
    return video.clone(), sound.clone()


def _prompt_prefix(thinker: Any, processor: Any) -> tuple[Any, Any, str]:
    """Return the prompt before and after the question, which is the same for all (ten-second) clips.

    Returns:
        Token ids (length,) and positions (3, length) up to the question, and the prompt text after it.
    """
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
        videos=[torch.zeros(round(SECONDS * FPS), 3, SIDE, SIDE, dtype=torch.uint8)],
        audio=[np.zeros(round(SECONDS * 16_000), np.float32)],
        load_audio_from_video=True,
        audio_from_video_indices=[0],
        do_sample_frames=False,
        do_resize=False,
        cap_pixels_per_frame=False,
        fps=FPS,
        return_tensors="pt",
    )
    return inputs["input_ids"][0], positions_of(thinker, inputs)[:, 0], after


def _stage(step: int, steps: int) -> Stage:
    """Choose the questions of a step.

    Existence questions come first, because they were never learnt when introduced together with class questions.
    """
    if step <= steps // 2:
        return "existence"
    return "long" if step % _LONG_EVERY == 0 else "all"


def _drawn(encoded: Any, class_index: int | None, rng: np.random.Generator) -> Any:
    """Draw an encoded stream of a class; for None, return the last stream, which is black or silent."""
    count = len(encoded) - 1
    if class_index is None:
        return encoded[count]
    return encoded[class_index + len(CLASSES) * int(rng.integers((count - 1 - class_index) // len(CLASSES) + 1))]
