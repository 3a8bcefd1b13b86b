"""Classes that are left out of tuning, to see what it gives on others (paper, appendix H)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from difflib import get_close_matches

from mma_training.errors import ConfigError


def unseen_classes(classes: Sequence[str], wanted: int | Sequence[str], seed: int) -> tuple[str, ...]:
    """The classes to leave out, sorted.

    Args:
        classes: of the dataset.
        wanted: their names, or how many are to be drawn.
        seed: of the drawing.

    Raises:
        ConfigError: an unknown class, or so many that no swap is left.

    >>> unseen_classes(["Bell", "Bird", "Clock", "Frog"], 2, seed=0)
    ('Bell', 'Clock')
    """
    if isinstance(wanted, int):
        if not 0 <= wanted <= len(classes) - 2:
            raise ConfigError(
                f"data.unseen_classes {wanted}: expected 0 to {len(classes) - 2} of the {len(classes)} classes; "
                "two must be left to be swapped"
            )
        return tuple(sorted(random.Random(f"{seed} unseen classes").sample(sorted(classes), wanted)))
    unknown = [name for name in wanted if name not in classes]
    if unknown:
        close = [name for given in unknown for name in get_close_matches(given, classes, n=1)]
        raise ConfigError(
            f"data.unseen_classes: no {', '.join(unknown)} among {', '.join(classes)}"
            + (f"; did you mean {', '.join(close)}?" if close else "")
        )
    if len(classes) - len(set(wanted)) < 2:
        raise ConfigError(f"data.unseen_classes: only {len(classes) - len(set(wanted))} of {len(classes)} are left")
    return tuple(sorted(set(wanted)))
