"""Compute inter-annotator agreement: Cohen's kappa with a bootstrap interval."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, PlainSerializer

from mma_bench.core.records import Number, Record

FEW = 20
"""Number of clips below which kappa is uninformative, whatever its interval, and is marked in tables."""

Undefined = Literal["no clips", "both said yes to all", "both said no to all"]
"""Reason for an undefined kappa."""

Interval = Annotated[
    tuple[Number, Number],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
    PlainSerializer(list),
]

_RESAMPLES = 10_000


class Agreement(Record):
    """Agreement of two annotators' yes/no judgements of the same clips."""

    clips: int
    raw: Number | None
    """Share of clips with equal judgements, 0 to 1; null without clips. Read it beside `kappa`, which is low if nearly
    all judgements are the same, even if the annotators rarely differ (Feinstein and Cicchetti 1990)."""
    kappa: Number | None
    """Cohen's kappa, -1 to 1; null if undefined."""
    undefined: Undefined | None
    """Reason why `kappa` is null; null if it is defined."""
    interval: Interval | None
    """95 % bootstrap interval of `kappa`; null if `kappa` is null or all resamples give the same value."""

    @property
    def few(self) -> bool:
        """True if there are too few clips for kappa to be informative."""
        return self.clips < FEW

    @property
    def text(self) -> str:
        """Kappa with its interval, or the reason why it is undefined.

        >>> Agreement(clips=40, raw=0.9, kappa=0.78, undefined=None, interval=(0.55, 0.95)).text
        '0.78 [0.55, 0.95]'
        >>> Agreement(clips=30, raw=1.0, kappa=None, undefined="both said yes to all", interval=None).text
        'undefined: both said yes to all'
        """
        if self.kappa is None:
            return f"undefined: {self.undefined}"
        interval = f" [{self.interval[0]:.2f}, {self.interval[1]:.2f}]" if self.interval else ""
        return f"{self.kappa:.2f}{interval}"


def agreement(first: Sequence[bool], second: Sequence[bool], *, seed: int = 0) -> Agreement:
    """Compute raw agreement, and Cohen's kappa with its interval, of two annotators' judgements of the same clips.

    >>> found = agreement([True] * 45 + [False] * 55, [True] * 30 + [False] * 15 + [True] * 25 + [False] * 30)
    >>> found.clips, found.raw, round(found.kappa, 4), [round(end, 2) for end in found.interval]
    (100, 0.6, 0.2079, [0.02, 0.39])
    >>> agreement([True] * 9, [True] * 9).undefined
    'both said yes to all'
    """
    if not len(first):
        return Agreement(clips=0, raw=None, kappa=None, undefined="no clips", interval=None)
    # In the order of `cohens_kappa`: yes by both, only by the first, only by the second, by neither.
    cells = np.bincount(3 - 2 * np.asarray(first, int) - np.asarray(second, int), minlength=4)
    raw = float(cells[[0, 3]].sum() / len(first))
    kappa = cohens_kappa(cells)
    if kappa is None:
        undefined: Undefined = "both said yes to all" if first[0] else "both said no to all"
        return Agreement(clips=len(first), raw=raw, kappa=None, undefined=undefined, interval=None)
    return Agreement(clips=len(first), raw=raw, kappa=kappa, undefined=None, interval=_interval(cells, seed))


def cohens_kappa(cells: Sequence[int] | NDArray[np.int64]) -> float | None:
    """Compute Cohen's kappa, agreement beyond chance (Cohen 1960, "A coefficient of agreement for nominal scales").

    kappa = (p_o - p_e) / (1 - p_e), with p_o the observed share of equal judgements, and p_e the share expected if the
    annotators judged independently at their rates of yes. It is 1 if they never differ, 0 if they agree as often as
    expected by chance, negative if less often, and None if both gave the same answer to every clip (p_e is 1).

    Args:
        cells: numbers of clips to which both annotators, only the first, only the second, and neither said yes.

    >>> round(cohens_kappa([20, 5, 10, 15]), 4)     # p_o = 35/50; p_e = (25 * 30 + 25 * 20) / 50² = 0.5
    0.4
    >>> cohens_kappa([8, 0, 0, 0]) is None
    True
    """
    found = float(_kappas(np.asarray(cells, float)[None])[0])
    return None if np.isnan(found) else found


def _interval(cells: NDArray[np.int64], seed: int) -> tuple[float, float] | None:
    """Compute a 95 % percentile bootstrap interval over clips (Efron and Tibshirani 1993, ch. 13).

    Drawing n clips with replacement is equivalent to drawing the four counts from a multinomial distribution. Draws
    with an undefined kappa are left out.
    """
    clips = int(cells.sum())
    drawn = np.random.default_rng(seed).multinomial(clips, cells / clips, size=_RESAMPLES)
    kappas = _kappas(drawn.astype(float))
    low, high = (float(end) for end in np.nanquantile(kappas, [0.025, 0.975]))
    return (low, high) if low < high else None


def _kappas(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute kappa for each row of four counts; NaN if undefined."""
    both, only_first, only_second, neither = cells.T
    # Both shares are multiplied by n² to compare whole numbers: a p_e of 1 is then exactly 1, not 1 - 1e-16.
    clips = cells.sum(axis=1)
    observed = (both + neither) * clips
    expected = (both + only_first) * (both + only_second) + (neither + only_first) * (neither + only_second)
    beyond = clips**2 - expected
    kappas = np.full(len(cells), np.nan)
    np.divide(observed - expected, beyond, out=kappas, where=beyond > 0)
    return kappas
