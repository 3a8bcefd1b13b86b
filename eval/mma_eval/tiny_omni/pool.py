"""Training data of tiny-omni: video and audio drawn separately, so that any two of one class can be paired."""

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
from mma_eval.tiny_omni.architecture import FPS, SIDE

SECONDS = 10.0
"""Length of every clip."""
_BATCH = 24
_FIRST_VIDEO, _FIRST_AUDIO = 0, 1_000_000  # drawing indices; no drawing yields both video and audio


@dataclass(frozen=True)
class Pool:
    """Video and audio of different clips; item k of each has class k modulo the number of classes."""

    frames: NDArray[np.uint8]
    """(N, T, side, side, 3) RGB."""
    audio: NDArray[np.int16]
    """(M, samples) at 16 kHz."""


def draw_pool(videos: int, audios: int, *, seed: int, workers: int, progress: Callable[[str, int, int], None]) -> Pool:
    """Draw videos and synthesise audio in worker processes, deterministically given the arguments.

    Args:
        videos: number of videos, spread evenly over the classes.
        audios: number of audio tracks, spread evenly over the classes.
        seed: seed of the drawings, which use the split train.
        workers: number of worker processes.
        progress: called with the name of the step, the number of clips done, and their total.
    """
    with WorkerPool(workers) as pool:
        frames = _drawn(pool, _draw_videos, _FIRST_VIDEO, videos, seed, lambda n: progress("pictures", n, videos))
        audio = _drawn(pool, _draw_audio, _FIRST_AUDIO, audios, seed, lambda n: progress("sounds", n, audios))
    return Pool(frames.astype(np.uint8, copy=False), audio.astype(np.int16, copy=False))


def _drawn(
    pool: WorkerPool,
    work: Callable[[Sequence[Drawing]], NDArray[np.uint8]] | Callable[[Sequence[Drawing]], NDArray[np.int16]],
    first: int,
    count: int,
    seed: int,
    progress: Callable[[int], None],
) -> NDArray[np.integer[Any]]:
    drawings = [Drawing(CLASSES[k % len(CLASSES)], "train", seed, first + k, SIDE, SECONDS) for k in range(count)]
    batches = [drawings[k : k + _BATCH] for k in range(0, count, _BATCH)]
    parts: list[Any] = []
    for _, part in pool.map(work, batches, name_of=lambda batch: f"drawing {batch[0].index}"):
        if isinstance(part, ClipError):
            raise part
        parts.append(part)
        progress(sum(map(len, parts)))
    return np.concatenate(parts)


def _draw_videos(drawings: Sequence[Drawing]) -> NDArray[np.uint8]:
    times = np.arange(0, SECONDS, 1 / FPS).tolist()
    return np.stack([_draw_video(drawing, times) for drawing in drawings])


def _draw_video(drawing: Drawing, times: Sequence[float]) -> NDArray[np.uint8]:
    """Draw frames with film grain and JPEG artefacts, about twenty times as fast as encoding video."""
    rng = np.random.default_rng([drawing.index, drawing.seed])
    grain, quality = rng.uniform(0, 3), int(rng.integers(25, 85))
    frames = []
    for still in drawing.stills(times):
        noisy = np.asarray(still, np.float32) + rng.normal(0, grain, (drawing.size, drawing.size, 1))
        buffer = io.BytesIO()
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
        frames.append(np.asarray(Image.open(buffer).convert("RGB")))
    return np.stack(frames)


def _draw_audio(drawings: Sequence[Drawing]) -> NDArray[np.int16]:
    from scipy.signal import resample_poly

    sounds = [resample_poly(drawing.sound(), SAMPLE_RATE, RATE) for drawing in drawings]
    return np.stack([np.clip(np.rint(s * 32768), -32768, 32767).astype(np.int16) for s in sounds])
