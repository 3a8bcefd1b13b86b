"""The funnel: how many clips each step left, per list and class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mma_bench.conditions import Split

Counts = Mapping[str, int]
"""Clips by list, or by split."""


@dataclass(frozen=True)
class FunnelStep:
    """What one step left."""

    name: str
    meaning: str
    clips: Counts
    classes: Mapping[str, Counts] = field(default_factory=dict)
    """Clips by class. Before the last step of curation a clip may count for several classes, or for none."""


@dataclass(frozen=True)
class Funnel:
    """The steps in their order; each takes clips away, none adds any."""

    lists: Mapping[str, Split]
    """The columns: AudioSet's lists, and the split that the clips of each go to."""
    steps: Sequence[FunnelStep]

    def by_split(self) -> Funnel:
        """The same with one column per split, as a dataset has them."""
        splits: dict[str, Split] = {split: split for split in self.lists.values()}
        return Funnel(
            splits,
            [
                FunnelStep(s.name, s.meaning, self._summed(s.clips), {c: self._summed(n) for c, n in s.classes.items()})
                for s in self.steps
            ],
        )

    def followed_by(self, step: FunnelStep) -> Funnel:
        """The funnel with one more step, which counts by the same columns."""
        return Funnel(self.lists, [*self.steps, step])

    def as_json(self) -> dict[str, Any]:
        """For a manifest's notes and build.json."""
        return asdict(self)

    def _summed(self, counts: Counts) -> Counts:
        summed: Counter[str] = Counter()
        for name, count in counts.items():
            summed[self.lists[name]] += count
        return dict(summed)


def funnel_from_json(fields: Mapping[str, Any]) -> Funnel:
    """The inverse of `Funnel.as_json`.

    Raises:
        KeyError, TypeError: the fields are not a funnel's.
    """
    return Funnel(dict(fields["lists"]), [FunnelStep(**step) for step in fields["steps"]])
