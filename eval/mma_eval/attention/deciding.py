"""Where a conflict is decided: the layer from which on the logit lens prefers the class that wins.

The logit lens (nostalgebraist 2020) reads every layer as if it were the last. Of the first token of the answer it gives
the log-probability of the first token of the right class (that of the modality asked about) and of the other modality's
class. It shows what could be read off a layer, not what later layers do with it.

Whether an answer is right the lens does not say: of two classes one is always higher, also where the answer names a
third. So answers are told apart by what `mma_accuracy` reads in them, and a layer is read off those in which the class
that was named is also the one that ends higher.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.by_clip import Estimate, by_clip, mean
from mma_eval.attention.record import AttentionRecord, Records

if TYPE_CHECKING:
    from numpy.typing import NDArray


def crossing_layer(reference: NDArray[np.floating], other: NDArray[np.floating]) -> int | None:
    """The first layer, counted from 1, from which on the class that is higher in the last layer stays higher.

    1 where it is higher in all. None where neither is higher in the last layer, and so where they never differ.

    Args:
        reference: (L,), log-probability of the one class in each layer.
        other: of the other class.

    >>> crossing_layer(np.array([-9.0, -5.0, -6.0, -1.0]), np.array([-8.0, -6.0, -4.0, -3.0]))  # behind again in 3
    4
    >>> crossing_layer(np.array([-3.0, -5.0, -5.0]), np.array([-4.0, -2.0, -1.0]))  # the other wins, from layer 2 on
    2
    """
    lead = np.sign(np.asarray(reference, float) - np.asarray(other, float))
    if lead[-1] == 0:
        return None
    elsewhere = np.flatnonzero(lead != lead[-1])
    return 1 if len(elsewhere) == 0 else int(elsewhere[-1]) + 2


@dataclass(frozen=True)
class Decided:
    """Answers of one outcome."""

    answers: int
    read: int
    """Those of them that a layer can be read off: the class they name is the higher one in the last layer."""
    layer: Estimate | None
    """(): mean crossing layer of these, counted from 1; None if there are none."""


@dataclass(frozen=True)
class Deciding:
    """Answers to one question in one condition whose two classes the lens tells apart."""

    reference: Estimate
    """(L,): mean log-probability of the right class, over all of these answers."""
    other: Estimate
    """(L,): of the other modality's class."""
    grounded: Decided
    """Answers with the right class."""
    other_modality: Decided
    """Answers with the other modality's class."""
    rest: int
    """Answers with neither: a third class, none of the options, an abstention, a caption."""
    alike: int
    """Answers that are left out, for both classes begin with the same token."""


def deciding(records: Records, *, seed: int = 0) -> Deciding | None:
    """Where answers to one question in one condition are decided, means over clips with bootstrap intervals.

    Args:
        records: of one model, condition and prompt; those without another class are passed over.
        seed: of the bootstrap over clips.

    Returns:
        None where the lens tells no answer's classes apart.
    """
    compared = [record for record in records if record.lens_other is not None]
    if not compared:
        return None
    grounded, other = ([r for r in compared if r.outcome == name] for name in ("grounded", "other_modality"))
    return Deciding(
        reference=mean(by_clip(compared, lambda r: np.asarray(r.lens_reference, float)), seed=seed),
        other=mean(by_clip(compared, lambda r: np.asarray(r.lens_other, float)), seed=seed),
        grounded=_decided(grounded, 1, seed),
        other_modality=_decided(other, -1, seed),
        rest=len(compared) - len(grounded) - len(other),
        alike=sum(record.other is not None and record.lens_other is None for record in records),
    )


def _decided(answers: Records, lead: int, seed: int) -> Decided:
    read = [record for record in answers if _lead(record) == lead]
    layer = mean(by_clip(read, _crossing), seed=seed) if read else None
    return Decided(len(answers), len(read), layer)


def _crossing(record: AttentionRecord) -> NDArray[np.float64]:
    assert record.lens_other is not None
    return np.asarray(crossing_layer(record.lens_reference, record.lens_other), float)


def _lead(record: AttentionRecord) -> int:
    """1 where the right class is higher in the last layer, -1 where the other one is, 0 where neither."""
    assert record.lens_other is not None
    return int(np.sign(float(record.lens_reference[-1]) - float(record.lens_other[-1])))
