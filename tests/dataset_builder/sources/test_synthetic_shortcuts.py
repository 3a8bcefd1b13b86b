"""Colour, loudness, brightness of sound and size of file must not tell the class of a synthetic clip.

A model that could use them would need neither to look nor to listen, and the benchmark would measure nothing.
"""

import io
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mma_bench.sources.synthetic.drawing import CLASSES, Drawing

TRAIN_PER_CLASS = 20
TEST_PER_CLASS = 10
CEILING = 0.40
SHORT = {"size": 112, "seconds": 5.0}
FRAMES_LOOKED_AT = range(5, 75, 12)

GROUPS = {
    "colour": slice(0, 64),
    "loudness": slice(64, 65),
    "spectral centroid": slice(65, 67),
    "size": slice(67, 70),
    "everything": slice(0, 70),
}


def shortcuts(drawing: Drawing) -> NDArray[np.float64]:
    """(70,): colours (64), RMS in dB, spectral centroid in Hz (by frame; of the whole), bytes (all; each stream)."""
    clip = drawing.render()
    with av.open(io.BytesIO(clip)) as container:
        shown = [frame for i, frame in enumerate(container.decode(video=0)) if i in FRAMES_LOOKED_AT]
    with av.open(io.BytesIO(clip)) as container:
        rate = container.streams.audio[0].rate
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]).astype(float)
    with av.open(io.BytesIO(clip)) as container:
        sizes = [0.0, 0.0]
        for packet in container.demux():
            sizes[packet.stream.index] += packet.size
    loudness = 10 * np.log10(np.mean(sound**2) + 1e-12)
    histogram = np.mean([_colour_histogram(frame.to_ndarray(format="rgb24")) for frame in shown], axis=0)
    return np.array([*histogram, loudness, *_centroids(sound, rate), len(clip), *sizes])


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


@pytest.fixture(scope="module")
def seen_and_held_out() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shortcuts of training clips (C * n, 70) and of clips of another split and seed, class after class."""
    train = [Drawing(name, "train", 0, index, **SHORT) for name in CLASSES for index in range(TRAIN_PER_CLASS)]
    test = [Drawing(name, "test", 1, index, **SHORT) for name in CLASSES for index in range(TEST_PER_CLASS)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = np.array(list(pool.map(shortcuts, train + test, chunksize=6)))
    return found[: len(train)], found[len(train) :]


@pytest.mark.parametrize("group", GROUPS)
def test_a_shortcut_does_not_tell_the_class(
    group: str, seen_and_held_out: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> None:
    seen, held_out = (features[:, GROUPS[group]] for features in seen_and_held_out)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    model.fit(seen, np.repeat(np.arange(len(CLASSES)), TRAIN_PER_CLASS))
    accuracy = model.score(held_out, np.repeat(np.arange(len(CLASSES)), TEST_PER_CLASS))
    assert accuracy < CEILING, f"{group} alone names {accuracy:.0%} of the clips; chance is {1 / len(CLASSES):.0%}"
