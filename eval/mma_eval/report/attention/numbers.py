"""Numbers of attention as the report writes them."""

from __future__ import annotations

import numpy as np

from mma_eval.attention.by_clip import Estimate


def interval(found: Estimate, *, scale: float = 1, digits: int = 1) -> str:
    """A number with its interval, where it has one, and with its clips where some say nothing.

    >>> interval(Estimate(np.array(0.812), np.array(0.801), np.array(0.824), 100, np.array(100)), scale=100)
    '81.2 [80.1, 82.4]'
    >>> interval(Estimate(np.array(0.812), np.array(0.801), np.array(0.824), 100, np.array(98)), digits=2)
    '0.81 [0.80, 0.82], 98 clips'
    """
    value, low, high = (scale * float(of) for of in (found.value, found.low, found.high))
    if np.isnan(value):
        return "-"
    words = [rounded(number, digits) for number in (value, low, high)]
    number = words[0] if np.isnan(low) else f"{words[0]} [{words[1]}, {words[2]}]"
    return number if found.there == found.clips else f"{number}, {int(found.there):,} clips"


def rounded(number: float, digits: int) -> str:
    """A number with so many decimals; never -0.

    >>> rounded(-0.001, 2), rounded(-0.01, 2)
    ('0.00', '-0.01')
    """
    return f"{round(float(number), digits) + 0.0:.{digits}f}"


def at(found: Estimate, k: int) -> Estimate:
    """One of several numbers."""
    return Estimate(found.value[k], found.low[k], found.high[k], found.clips, found.there[k])


def farthest(found: Estimate) -> int | None:
    """The place of the number that is farthest from 0; None where none is defined."""
    return None if np.isnan(found.value).all() else int(np.nanargmax(abs(found.value)))


def spaced(condition: str) -> str:
    """A condition's name in a sentence."""
    return condition.replace("_", " ")
