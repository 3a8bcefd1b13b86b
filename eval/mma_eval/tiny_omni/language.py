"""Second lesson: the language model learns to answer from what the towers give it, which stays as it is.

All questions about a clip stand in one sequence behind it. Each sees the clip and itself, not the others, and its
positions go on from the clip's: the clip is run once for all of them, as in the evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mma_bench.sources.synthetic.drawing import CLASSES
from mma_eval.tiny_omni.architecture import SENSES
from mma_eval.tiny_omni.curriculum import Asked, Asking, Example, draw_example
from mma_eval.tiny_omni.pool import SECONDS, Pool
from mma_eval.tiny_omni.towers import Lesson, hear, mel_spectrograms, see

_BATCH = 64


_LONG_EVERY, _LONG_SHARE = 8, 6
"""Every so many steps, in the second half, a batch of a sixth of the size has questions with a long tail of letters."""


@dataclass(frozen=True)
class Seen:
    """What the towers give of a pool: tokens of each picture and sound; the last of each is black, or silence."""

    pictures: Any
    """(N + 1, tokens, hidden)."""
    sounds: Any
    """(M + 1, tokens, hidden)."""

    def picture(self, class_index: int | None, rng: np.random.Generator) -> Any:
        """One of a class, or black."""
        return self.pictures[_one_of(len(self.pictures) - 1, class_index, rng)]

    def sound(self, class_index: int | None, rng: np.random.Generator) -> Any:
        """One of a class, or silence."""
        return self.sounds[_one_of(len(self.sounds) - 1, class_index, rng)]


@dataclass(frozen=True)
class Prefix:
    """What stands before every question: where the picture's and the sound's tokens go, and all positions."""

    ids: Any
    """(length,)."""
    positions: Any
    """(3, length)."""
    video_at: Any
    audio_at: Any
    after: str
    """What follows the question."""


def take_in(thinker: Any, processor: Any, pool: Pool) -> Seen:
    """Run the towers over a pool."""
    import torch

    black = np.zeros((1, *pool.frames.shape[1:]), np.uint8)
    silence = np.zeros((1, pool.sounds.shape[1]), np.int16)
    with torch.inference_mode():
        frames = np.concatenate([pool.frames, black])
        pictures = torch.cat([see(thinker, processor, frames[k : k + _BATCH]) for k in range(0, len(frames), _BATCH)])
        mels = mel_spectrograms(processor, np.concatenate([pool.sounds, silence]))
        sounds = torch.cat([hear(thinker, mels[k : k + _BATCH]) for k in range(0, len(mels), _BATCH)])
    return Seen(pictures.clone(), sounds.clone())


def teach_to_answer(
    thinker: Any,
    processor: Any,
    seen: Seen,
    lesson: Lesson,
    *,
    seed: int,
    progress: Callable[[int, float], None],
) -> None:
    """Train the language model on the curriculum.

    Args:
        thinker: the model; its towers are not changed.
        processor: its processor.
        seen: what the towers give.
        lesson: how long and how fast.
        seed: of the examples.
        progress: told the step and the share of answers of its batch that were right.
    """
    import torch
    from transformers import get_cosine_schedule_with_warmup

    rng = np.random.default_rng([seed, 3])
    prefix = lay_out(thinker, processor)
    model = thinker.model.language_model
    parameters = [*model.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=lesson.peak, weight_decay=0.02, betas=(0.9, 0.98))
    schedule = get_cosine_schedule_with_warmup(optimiser, lesson.steps // 20, lesson.steps)
    thinker.train()
    for step in range(1, lesson.steps + 1):
        asking = _asking(step, lesson.steps)
        batch = lesson.batch // _LONG_SHARE if asking == "long" else lesson.batch
        examples = [draw_example(CLASSES, rng, asking) for _ in range(batch)]
        packed = pack(processor.tokenizer, prefix, examples)
        embeds = model.embed_tokens(packed.ids).clone()
        embeds[:, prefix.video_at] = torch.stack([seen.picture(e.picture, rng) for e in examples])
        embeds[:, prefix.audio_at] = torch.stack([seen.sound(e.sound, rng) for e in examples])
        hidden = model(
            inputs_embeds=embeds,
            position_ids=packed.positions,
            attention_mask={"full_attention": packed.sees},
            use_cache=False,
        ).last_hidden_state
        # The token before an answer's token is what predicts it.
        logits = thinker.lm_head(hidden[:, :-1][packed.answered[:, 1:]])
        wanted = packed.ids[:, 1:][packed.answered[:, 1:]]
        loss = torch.nn.functional.cross_entropy(logits, wanted)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        classes = wanted != processor.tokenizer.eos_token_id
        progress(step, float((logits.argmax(-1) == wanted)[classes].float().mean()))
    thinker.eval()


def _asking(step: int, steps: int) -> Asking:
    """Comparing a name with what is there comes first: begun together, it is drowned by naming and never learnt."""
    if step <= steps // 2:
        return "whether"
    return "long" if step % _LONG_EVERY == 0 else "all"


def lay_out(thinker: Any, processor: Any) -> Prefix:
    """The prompt of a clip of ten seconds up to its question, as the processor makes it."""
    import torch

    question = "QUESTION"
    prompt = processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "video", "video": "clip"}, {"type": "text", "text": question}]}],
        tokenize=False,
        add_generation_prompt=True,
    )
    before, _, after = prompt.partition(question)
    frames = torch.zeros(round(SECONDS * SENSES.fps), 3, SENSES.side, SENSES.side, dtype=torch.uint8)
    inputs = processor(
        text=[before],
        videos=[frames],
        audio=[np.zeros(round(SECONDS * 16_000), np.float32)],
        load_audio_from_video=True,
        audio_from_video_indices=[0],
        do_sample_frames=False,
        do_resize=False,
        cap_pixels_per_frame=False,
        fps=SENSES.fps,
        return_tensors="pt",
    )
    positions, _ = thinker.get_rope_index(
        inputs["input_ids"],
        video_grid_thw=inputs["video_grid_thw"],
        attention_mask=inputs["attention_mask"],
        use_audio_in_video=True,
        audio_seqlens=inputs["feature_attention_mask"].sum(-1),
        second_per_grids=inputs["video_second_per_grid"],
    )
    ids = inputs["input_ids"][0]
    video_at, audio_at = (
        (ids == getattr(thinker.config, f"{kind}_token_id")).nonzero()[:, 0] for kind in ("video", "audio")
    )
    return Prefix(ids, positions[:, 0], video_at, audio_at, after)


@dataclass(frozen=True)
class Packed:
    """A batch: each row a clip and its questions with their answers, padded on the right."""

    ids: Any
    """(B, L)."""
    positions: Any
    """(3, B, L)."""
    sees: Any
    """(B, 1, L, L) bool: which token (column) is seen by which (row)."""
    answered: Any
    """(B, L) bool: tokens of answers, which are learnt."""


def pack(tokenizer: Any, prefix: Prefix, examples: Sequence[Example]) -> Packed:
    """Tokenise a batch; question `k` of a row is its block `k`, the clip is block 0 and seen by all."""
    import torch

    first, start = int(prefix.positions.max()) + 1, len(prefix.ids)
    rows = [[_turn(tokenizer, prefix, asked) for asked in example.asked] for example in examples]
    length = start + max(sum(len(ids) for ids, _ in turns) for turns in rows)
    ids = torch.full((len(rows), length), tokenizer.pad_token_id)
    ids[:, :start] = prefix.ids
    positions = torch.zeros(3, len(rows), length, dtype=torch.long)
    positions[:, :, :start] = prefix.positions[:, None]
    blocks = torch.full((len(rows), length), -1)
    blocks[:, :start] = 0
    answered = torch.zeros(ids.shape, dtype=torch.bool)
    for row, turns in enumerate(rows):
        at = start
        for block, (turn, answer) in enumerate(turns, 1):
            span = slice(at, at + len(turn))
            ids[row, span] = torch.tensor(turn)
            positions[:, row, span] = torch.arange(first, first + len(turn))
            blocks[row, span] = block
            answered[row, at + len(turn) - answer : at + len(turn)] = True
            at += len(turn)
    same = (blocks[:, :, None] == blocks[:, None, :]) | (blocks[:, None, :] == 0)
    sees = same & torch.ones(length, length, dtype=torch.bool).tril()
    return Packed(ids, positions, sees[:, None], answered)


def _turn(tokenizer: Any, prefix: Prefix, asked: Asked) -> tuple[list[int], int]:
    """Tokens of a question and its answer, and how many of them are the answer's."""
    question = tokenizer(asked.text + prefix.after, add_special_tokens=False)["input_ids"]
    answer = [*tokenizer(asked.answer, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    return [*question, *answer], len(answer)


def _one_of(count: int, class_index: int | None, rng: np.random.Generator) -> int:
    if class_index is None:
        return count
    return class_index + len(CLASSES) * int(rng.integers((count - 1 - class_index) // len(CLASSES) + 1))
