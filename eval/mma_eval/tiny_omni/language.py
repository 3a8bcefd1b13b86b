"""Second lesson: the language model learns to answer from what the towers give it, which stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mma_bench.sources.synthetic.drawing import CLASSES
from mma_eval.models.packing import Prompt, as_turn, pack
from mma_eval.tiny_omni.curriculum import Asking, Example, draw_example
from mma_eval.tiny_omni.layout import Prefix, lay_out
from mma_eval.tiny_omni.pool import Pool
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
        packed = pack([_prompt(processor.tokenizer, prefix, e) for e in examples], processor.tokenizer.pad_token_id)
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


def _prompt(tokenizer: Any, prefix: Prefix, example: Example) -> Prompt:
    turns = [as_turn(tokenizer, asked.text + prefix.after, asked.answer) for asked in example.asked]
    return Prompt(prefix.ids, prefix.positions, turns)


def _asking(step: int, steps: int) -> Asking:
    """Comparing a name with what is there comes first: begun together, it is drowned by naming and never learnt."""
    if step <= steps // 2:
        return "whether"
    return "long" if step % _LONG_EVERY == 0 else "all"


def _one_of(count: int, class_index: int | None, rng: np.random.Generator) -> int:
    if class_index is None:
        return count
    return class_index + len(CLASSES) * int(rng.integers((count - 1 - class_index) // len(CLASSES) + 1))
