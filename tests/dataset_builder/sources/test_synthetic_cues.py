"""What tells the class of a synthetic clip, and what must not.

A model that could use colour, loudness, brightness of sound or size of file would need neither to look nor to listen,
and the benchmark would measure nothing. Shape and time must tell the class.
"""

import io
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import stft
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from conftest import MadeOnce
from mma_bench.sources.synthetic.drawing import CLASSES, Drawing

TRAIN_PER_CLASS, TEST_PER_CLASS = 10, 5
CEILING, FLOOR = 0.40, 0.80
FRAMES_LOOKED_AT = range(5, 45, 8)

SHORTCUTS = {
    "colour": slice(0, 64),
    "loudness": slice(64, 65),
    "spectral centroid": slice(65, 67),
    "size": slice(67, 70),
    "everything": slice(0, 70),
}
CUES = {"sight": slice(70, 454), "sound": slice(454, 614)}

Split = tuple[NDArray[np.float64], NDArray[np.int64]]


@pytest.fixture(scope="session")
def clips(made_once: MadeOnce) -> dict[str, Split]:
    """Features (N, 614) and class numbers (N,) of training clips, and of test clips of another seed."""
    file = made_once("synthetic-features", _write_features) / "features.npz"
    with np.load(file) as features:
        return {
            split: (features[split], np.repeat(np.arange(len(CLASSES)), len(features[split]) // len(CLASSES)))
            for split in ("train", "test")
        }


@pytest.mark.parametrize("group", SHORTCUTS)
def test_a_shortcut_does_not_tell_the_class(group: str, clips: dict[str, Split]) -> None:
    accuracy = held_out_accuracy(clips, SHORTCUTS[group], strength=1.0)
    assert accuracy < CEILING, f"{group} alone names {accuracy:.0%} of the clips; chance is {1 / len(CLASSES):.0%}"


@pytest.mark.parametrize("sense", CUES)
def test_shape_and_time_tell_the_class_to_a_plain_model(sense: str, clips: dict[str, Split]) -> None:
    accuracy = held_out_accuracy(clips, CUES[sense], strength=0.05)
    assert accuracy > FLOOR, f"{sense} tells the class of {accuracy:.0%} of the clips only; chance is 8 %"


def held_out_accuracy(clips: dict[str, Split], columns: slice, *, strength: float) -> float:
    """Fit a plain model to features of training clips; `strength` is the inverse of its regularisation."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))
    (seen, seen_classes), (held_out, held_out_classes) = clips["train"], clips["test"]
    return float(model.fit(seen[:, columns], seen_classes).score(held_out[:, columns], held_out_classes))


def _write_features(folder: Path) -> None:
    def drawings(split: str, seed: int, count: int) -> list[Drawing]:
        return [Drawing(name, split, seed, index, size=96, seconds=3.0) for name in CLASSES for index in range(count)]

    folder.mkdir()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        train = pool.map(features_of, drawings("train", 0, TRAIN_PER_CLASS), chunksize=6)
        test = pool.map(features_of, drawings("test", 1, TEST_PER_CLASS), chunksize=6)
        np.savez(folder / "features.npz", train=np.array([*train]), test=np.array([*test]))


def features_of(drawing: Drawing) -> NDArray[np.float64]:
    """Measure colours (64), RMS in dB, spectral centroid in Hz (by frame; of the whole), bytes (all; each stream),
    edges (384) and spectrum (160).
    """
    clip = drawing.render()
    with av.open(io.BytesIO(clip)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(io.BytesIO(clip)) as container:
        rate = container.streams.audio[0].rate
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]).astype(float)
    with av.open(io.BytesIO(clip)) as container:
        sizes = [0.0, 0.0]
        for packet in container.demux():
            sizes[packet.stream.index] += packet.size
    loudness = 10 * np.log10(np.mean(sound**2) + 1e-12)
    histogram = np.mean([_colour_histogram(frames[i]) for i in FRAMES_LOOKED_AT], axis=0)
    edges = np.mean([_edges(frame) for frame in frames[::6]], axis=0)
    shortcuts = [*histogram, loudness, *_centroids(sound, rate), len(clip), *sizes]
    return np.array([*shortcuts, *edges, *_spectrum(sound, rate)])


def _colour_histogram(frame: NDArray[np.uint8]) -> NDArray[np.float64]:
    bins = (frame // 64).reshape(-1, 3) @ np.array([16, 4, 1])
    return np.bincount(bins, minlength=64) / len(bins)


def _centroids(sound: NDArray[np.float64], rate: int) -> tuple[float, float]:
    pieces = sound[: len(sound) // 1024 * 1024].reshape(-1, 1024) * np.hanning(1024)
    amplitudes = np.abs(np.fft.rfft(pieces))
    frequencies = np.fft.rfftfreq(1024, 1 / rate)
    by_piece = (amplitudes @ frequencies) / (amplitudes.sum(axis=1) + 1e-9)
    power = (amplitudes**2).sum(axis=0)
    return float(by_piece.mean()), float(power @ frequencies / (power.sum() + 1e-9))


def _edges(frame: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Orientations of edges by cell, (384,)."""
    grey = np.asarray(Image.fromarray(frame).convert("L").resize((64, 64)), dtype=float)
    down, across = np.gradient(grey)
    strength, angle = np.hypot(down, across), np.arctan2(down, across) % np.pi
    cells = [strength * ((angle // (np.pi / 6)) == way) for way in range(6)]
    pooled = np.stack(cells).reshape(6, 8, 8, 8, 8).sum(axis=(2, 4)).ravel()
    return np.asarray(np.sqrt(pooled / (pooled.sum() + 1e-9)))


def _spectrum(sound: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """The modulation of each band of the spectrum, (160,)."""
    power = np.abs(stft(sound, rate, nperseg=1024)[2]) ** 2
    bands = np.array_split(power[:400], 40)
    levels = np.log10(np.array([band.sum(axis=0) for band in bands]) + 1e-9)
    peaky = [np.log10(band.max(axis=0) / (band.mean(axis=0) + 1e-12) + 1e-3).mean() for band in bands]
    steps = np.diff(levels, axis=1)
    return np.concatenate([levels.std(axis=1), steps.std(axis=1), np.abs(steps).max(axis=1), peaky])
