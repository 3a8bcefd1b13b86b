"""What tells the class of a synthetic clip, and what must not.

A model that could use colour, loudness, brightness of sound or size of file would need neither to look nor to listen,
and the benchmark would measure nothing. Shape and time must tell the class.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.synthetic_features import CUES, SHORTCUTS, features_of

from conftest import MadeOnce
from mma_bench.sources.synthetic.drawing import CLASSES, Drawing

TRAIN_PER_CLASS, TEST_PER_CLASS = 10, 5
CEILING, FLOOR = 0.40, 0.80

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
