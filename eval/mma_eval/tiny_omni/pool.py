"""What tiny-omni is trained on: pictures and sounds of drawn clips, apart, so that each goes with any of its class."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mma_bench.core.errors import ClipError
from mma_bench.core.executor import WorkerPool
from mma_bench.media.sound import SAMPLE_RATE
from mma_bench.sources.synthetic.drawing import CLASSES, Drawing
from mma_bench.sources.synthetic.film import RATE
from mma_eval.tiny_omni.architecture import SENSES

SECONDS = 10.0
_BATCH = 24
_PICTURES, _SOUNDS = 0, 1_000_000  # indices of drawings, so that no sound belongs to a picture


@dataclass(frozen=True)
class Pool:
    """Pictures and sounds of different clips; the k-th of each is of class k modulo the number of classes."""

    frames: NDArray[np.uint8]
    """(N, T, side, side, 3) RGB."""
    sounds: NDArray[np.int16]
    """(M, samples) at 16 kHz."""


def draw_pool(
    pictures: int, sounds: int, *, seed: int, workers: int, progress: Callable[[str, int, int], None]
) -> Pool:
    """Draw and synthesise in worker processes. The same arguments give the same pool.

    Args:
        pictures: how many, spread over the classes.
        sounds: how many.
        seed: of the drawings; they are of the split train.
        workers: processes.
        progress: told the step's name, how much is done, and how much there is.
    """
    with WorkerPool(workers) as pool:
        drawn = _drawn(pool, _draw_pictures, _PICTURES, pictures, seed, lambda n: progress("pictures", n, pictures))
        heard = _drawn(pool, _draw_sounds, _SOUNDS, sounds, seed, lambda n: progress("sounds", n, sounds))
    return Pool(drawn.astype(np.uint8, copy=False), heard.astype(np.int16, copy=False))


def _drawn(
    pool: WorkerPool,
    work: Callable[[Sequence[Drawing]], NDArray[np.uint8]] | Callable[[Sequence[Drawing]], NDArray[np.int16]],
    first: int,
    count: int,
    seed: int,
    progress: Callable[[int], None],
) -> NDArray[np.integer[Any]]:
    drawings = [
        Drawing(CLASSES[k % len(CLASSES)], "train", seed, first + k, SENSES.side, SECONDS) for k in range(count)
    ]
    batches = [drawings[k : k + _BATCH] for k in range(0, count, _BATCH)]
    parts: list[Any] = []
    for _, part in pool.map(work, batches, name_of=lambda batch: f"drawing {batch[0].index}"):
        if isinstance(part, ClipError):
            raise part
        parts.append(part)
        progress(sum(map(len, parts)))
    return np.concatenate(parts)


def _draw_pictures(drawings: Sequence[Drawing]) -> NDArray[np.uint8]:
    times = np.arange(0, SECONDS, 1 / SENSES.fps).tolist()
    return np.stack([_filmed(drawing, times) for drawing in drawings])


def _filmed(drawing: Drawing, times: Sequence[float]) -> NDArray[np.uint8]:
    """Frames with grain and the losses of an encoder, in place of a film that would take twenty times as long."""
    rng = np.random.default_rng([drawing.index, drawing.seed])
    grain, quality = rng.uniform(0, 3), int(rng.integers(25, 85))
    frames = []
    for still in drawing.stills(times):
        noisy = np.asarray(still, np.float32) + rng.normal(0, grain, (drawing.size, drawing.size, 1))
        buffer = io.BytesIO()
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
        frames.append(np.asarray(Image.open(buffer).convert("RGB")))
    return np.stack(frames)


def _draw_sounds(drawings: Sequence[Drawing]) -> NDArray[np.int16]:
    from scipy.signal import resample_poly

    sounds = [resample_poly(drawing.sound(), SAMPLE_RATE, RATE) for drawing in drawings]
    return np.stack([np.clip(np.rint(s * 32768), -32768, 32767).astype(np.int16) for s in sounds])
