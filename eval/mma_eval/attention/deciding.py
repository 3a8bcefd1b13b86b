"""Where a conflict is decided: the layer from which on the logit lens prefers the class that wins.

The logit lens (nostalgebraist 2020) reads every layer as if it were the last. Of the first token of the answer it gives
the log-probability of the first token of the right class (that of the modality asked about) and of the other modality's
class. It shows what could be read off a layer, not what later layers do with it.
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
class Deciding:
    """Answers to one question in one condition; layers are counted from 1."""

    reference: Estimate
    """(L,): mean log-probability of the right class."""
    other: Estimate
    """(L,): of the other modality's class."""
    won: Estimate | None
    """(): mean crossing layer of answers where the right class is higher in the end; None if there is none."""
    lost: Estimate | None
    """(): of those where the other class is."""
    answers_won: int
    answers_lost: int
    answers_level: int
    """Neither is higher in the last layer."""


def deciding(records: Records, *, seed: int = 0) -> Deciding | None:
    """Where answers to one question in one condition are decided, means over clips with bootstrap intervals.

    Args:
        records: of one model, condition and prompt; those without another class, or whose classes begin with the same
            token, are left out.
        seed: of the bootstrap over clips.

    Returns:
        None where no answer has another class.
    """
    compared = [record for record in records if record.lens_other is not None]
    if not compared:
        return None
    won, lost = ([r for r in compared if _lead(r) == sign] for sign in (1, -1))
    return Deciding(
        reference=mean(by_clip(compared, lambda r: np.asarray(r.lens_reference, float)), seed=seed),
        other=mean(by_clip(compared, lambda r: np.asarray(r.lens_other, float)), seed=seed),
        won=mean(by_clip(won, _crossing), seed=seed) if won else None,
        lost=mean(by_clip(lost, _crossing), seed=seed) if lost else None,
        answers_won=len(won),
        answers_lost=len(lost),
        answers_level=len(compared) - len(won) - len(lost),
    )


def _crossing(record: AttentionRecord) -> NDArray[np.float64]:
    assert record.lens_other is not None
    return np.asarray(crossing_layer(record.lens_reference, record.lens_other), float)


def _lead(record: AttentionRecord) -> int:
    assert record.lens_other is not None
    return int(np.sign(float(record.lens_reference[-1]) - float(record.lens_other[-1])))
