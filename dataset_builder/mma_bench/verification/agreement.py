"""How far two people agree who judged the same clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FEW = 20
"""With fewer clips a kappa says little, whatever its interval; tables mark it."""

Undefined = Literal["no clips", "both said yes to all", "both said no to all"]
"""Why there is no kappa."""

_RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two people's yes or no about the same clips."""

    clips: int
    raw: float | None
    """The share of clips that both judged alike; None without clips. To be read beside `kappa`, which is low where
    nearly all clips are of one kind, however rarely the two differ (Feinstein and Cicchetti 1990)."""
    kappa: float | None
    undefined: Undefined | None
    """Why `kappa` is None."""
    interval: tuple[float, float] | None
    """Of `kappa`, 95 %; None where `kappa` is, and where resampling varies nothing (as where the two never differ)."""

    @property
    def few(self) -> bool:
        """Whether there are fewer than `FEW` clips."""
        return self.clips < FEW

    @property
    def text(self) -> str:
        """Kappa with its interval, or why there is none.

        >>> Agreement(40, 0.9, 0.78, None, (0.55, 0.95)).text, Agreement(9, 1.0, 1.0, None, None).text
        ('0.78 [0.55, 0.95]', '1.00')
        >>> Agreement(30, 1.0, None, "both said yes to all", None).text
        'undefined: both said yes to all'
        """
        if self.kappa is None:
            return f"undefined: {self.undefined}"
        interval = f" [{self.interval[0]:.2f}, {self.interval[1]:.2f}]" if self.interval else ""
        return f"{self.kappa:.2f}{interval}"


def agreement(first: Sequence[bool], second: Sequence[bool], *, seed: int = 0) -> Agreement:
    """Raw agreement and Cohen's kappa with its interval.

    Args:
        first: one person's judgement of each clip.
        second: the other's, in the same order.
        seed: of the resampling.

    >>> found = agreement([True] * 45 + [False] * 55, [True] * 30 + [False] * 15 + [True] * 25 + [False] * 30)
    >>> found.clips, found.raw, round(found.kappa, 4), [round(end, 2) for end in found.interval]
    (100, 0.6, 0.2079, [0.02, 0.39])
    >>> agreement([True] * 9, [True] * 9).undefined
    'both said yes to all'
    """
    cells = _cells(first, second)
    if not len(first):
        return Agreement(0, None, None, "no clips", None)
    raw = float(cells[[0, 3]].sum() / len(first))
    kappa = cohens_kappa(cells)
    if kappa is None:
        return Agreement(
            len(first), raw, None, "both said yes to all" if first[0] else "both said no to all", interval=None
        )
    return Agreement(len(first), raw, kappa, None, _interval(cells, seed))


def cohens_kappa(cells: Sequence[int] | NDArray[np.int64]) -> float | None:
    """Agreement beyond chance (Cohen 1960, "A coefficient of agreement for nominal scales").

    With p_o the share judged alike, and p_e the share that two people would judge alike who say yes as often as these
    two do, but without looking at the clips,

        kappa = (p_o - p_e) / (1 - p_e)

    It is 1 where they never differ, 0 where they agree as often as chance would have it, and below where less often.

    Args:
        cells: clips to which both said yes, only the first did, only the second did, neither did.

    Returns:
        None where both gave one and the same answer to every clip: p_e is 1, and nothing is left to agree on.

    >>> round(cohens_kappa([20, 5, 10, 15]), 4)     # p_o = 35/50; p_e = (25 * 30 + 25 * 20) / 50² = 0.5
    0.4
    >>> cohens_kappa([8, 0, 0, 0]) is None
    True
    """
    found = float(_kappas(np.asarray(cells, float)[None])[0])
    return None if np.isnan(found) else found


def _interval(cells: NDArray[np.int64], seed: int) -> tuple[float, float] | None:
    """95 % percentile bootstrap interval, clips drawn with replacement (Efron and Tibshirani 1993, ch. 13).

    To draw n clips anew is to draw the four counts from their multinomial. Draws without a kappa are left out.
    """
    clips = int(cells.sum())
    drawn = np.random.default_rng(seed).multinomial(clips, cells / clips, size=_RESAMPLES)
    kappas = _kappas(drawn.astype(float))
    low, high = (float(end) for end in np.nanquantile(kappas, [0.025, 0.975]))
    return (low, high) if low < high else None


def _kappas(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kappa of each row of four counts; nan where it is undefined."""
    both, only_first, only_second, neither = cells.T
    # Both shares times n², so that whole numbers are compared: a p_e of 1 is then 1, not 1 - 1e-16.
    clips = cells.sum(axis=1)
    observed = (both + neither) * clips
    expected = (both + only_first) * (both + only_second) + (neither + only_first) * (neither + only_second)
    beyond = clips**2 - expected
    kappas = np.full(len(cells), np.nan)
    np.divide(observed - expected, beyond, out=kappas, where=beyond > 0)
    return kappas


def _cells(first: Sequence[bool], second: Sequence[bool]) -> NDArray[np.int64]:
    one, other = np.asarray(first, bool), np.asarray(second, bool)
    return np.array([(one & other).sum(), (one & ~other).sum(), (~one & other).sum(), (~one & ~other).sum()])
