"""First lesson: each tower alone learns to say the classes, in the language model's own words.

A tower's mean token is compared with the embeddings of the class names, which stay as they are. What is seen or heard
then lies where its name lies, so that the language model can compare the two: with a linear head in place of the
embeddings it learnt which class it is, and never whether it is one that is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mma_bench.sources.synthetic.drawing import CLASSES
from mma_eval.tiny_omni.pool import Pool

_SCALE = 0.2


@dataclass(frozen=True)
class Lesson:
    """How long a part of the model is taught, and how fast."""

    steps: int
    batch: int
    peak: float
    """Learning rate after the warm-up; it falls to zero by a cosine."""


def teach_to_see(
    thinker: Any, processor: Any, pool: Pool, lesson: Lesson, *, seed: int, progress: Callable[[int, float], None]
) -> None:
    """Train the vision tower: one moment (two frames) of a picture, changed at random, and its class."""
    import torch

    rng = np.random.default_rng([seed, 1])
    moments = pool.frames.shape[1] // 2

    def draw() -> tuple[Any, Any]:
        chosen = rng.integers(len(pool.frames), size=lesson.batch)
        at = rng.integers(moments, size=lesson.batch)
        frames = np.stack([_changed(pool.frames[k, 2 * m : 2 * m + 2], rng) for k, m in zip(chosen, at, strict=True)])
        return see(thinker, processor, frames).mean(1), torch.from_numpy(chosen % len(CLASSES))

    _teach(thinker.model.visual, _names(thinker, processor), draw, lesson, progress)


def teach_to_hear(
    thinker: Any, processor: Any, pool: Pool, lesson: Lesson, *, seed: int, progress: Callable[[int, float], None]
) -> None:
    """Train the audio tower: a whole sound, begun at any moment, and its class."""
    import torch

    rng = np.random.default_rng([seed, 2])
    mels = mel_spectrograms(processor, pool.sounds)

    def draw() -> tuple[Any, Any]:
        chosen = rng.integers(len(mels), size=lesson.batch)
        shifted = torch.stack([torch.roll(mels[k], int(rng.integers(mels.shape[-1])), -1) for k in chosen])
        return hear(thinker, shifted).mean(1), torch.from_numpy(chosen % len(CLASSES))

    _teach(thinker.model.audio_tower, _names(thinker, processor), draw, lesson, progress)


def see(thinker: Any, processor: Any, frames: NDArray[np.uint8]) -> Any:
    """What the language model is given of pictures: (B, T, side, side, 3) frames to (B, tokens, hidden)."""
    import torch

    videos = [torch.from_numpy(clip).permute(0, 3, 1, 2) for clip in frames]
    inputs = processor.video_processor(
        videos, do_resize=False, do_sample_frames=False, cap_pixels_per_frame=False, return_tensors="pt"
    )
    seen = thinker.model.get_video_features(inputs["pixel_values_videos"], inputs["video_grid_thw"], return_dict=True)
    return torch.stack(list(seen.pooler_output))


def hear(thinker: Any, mels: Any) -> Any:
    """What the language model is given of sounds: (B, mels, columns) spectrograms to (B, tokens, hidden)."""
    import torch

    mask = torch.ones(mels.shape[0], mels.shape[2], dtype=torch.long)
    heard = thinker.model.get_audio_features(mels, feature_attention_mask=mask, return_dict=True).last_hidden_state
    return heard.reshape(mels.shape[0], -1, heard.shape[-1])


def mel_spectrograms(processor: Any, sounds: NDArray[np.int16]) -> Any:
    """(M, samples) sounds as (M, mels, columns) float32, each as the processor makes it of one clip."""
    import torch

    columns = sounds.shape[1] // processor.feature_extractor.hop_length
    found = []
    for sound in sounds:
        wave = sound.astype(np.float32) / np.float32(32768)
        inputs = processor.feature_extractor(wave, sampling_rate=16_000, padding="max_length", return_tensors="pt")
        found.append(inputs["input_features"][0, :, :columns])
    return torch.stack(found)


def _names(thinker: Any, processor: Any) -> Any:
    """Embeddings of the class names, (classes, hidden), scaled so that the towers' tokens have entries near 1."""
    ids = processor.tokenizer.convert_tokens_to_ids(list(CLASSES))
    names = thinker.get_input_embeddings().weight.detach()[ids]
    return _SCALE * names / names.std()


def _teach(
    tower: Any,
    names: Any,
    draw: Callable[[], tuple[Any, Any]],
    lesson: Lesson,
    progress: Callable[[int, float], None],
) -> None:
    import torch
    from transformers import get_cosine_schedule_with_warmup

    optimiser = torch.optim.AdamW(tower.parameters(), lr=lesson.peak, weight_decay=0.02)
    schedule = get_cosine_schedule_with_warmup(optimiser, lesson.steps // 20, lesson.steps)
    tower.train()
    for step in range(1, lesson.steps + 1):
        pooled, labels = draw()
        logits = pooled @ names.T
        loss = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.05)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        progress(step, float((logits.detach().argmax(-1) == labels).float().mean()))
    tower.eval()


def _changed(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The same scene, mirrored, shifted, in other colours and light."""
    if rng.random() < 0.5:
        frames = frames[:, :, ::-1]
    down, across = rng.integers(-10, 11, 2)
    frames = np.roll(frames, (down, across), (1, 2))
    light = frames[..., rng.permutation(3)] * np.float32(rng.uniform(0.7, 1.2)) + np.float32(rng.uniform(-20, 20))
    return np.asarray(light.clip(0, 255), np.uint8)
