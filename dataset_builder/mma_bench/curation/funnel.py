"""The funnel: how many clips each step left, per list and class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mma_bench.conditions import Split

LATER_STEPS: Mapping[str, str] = {
    "fetched": "downloaded",
    "checked": "automated checks",
    "verified": "both annotators",
    "built": "in the dataset",
}
"""What follows curation, in its order."""

Counts = Mapping[str, int]
"""Clips by column."""


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

    columns: Mapping[str, Split]
    """AudioSet's lists, or splits where several lists make one; and the split that the clips of each go to."""
    steps: Sequence[FunnelStep]

    def by_split(self) -> Funnel:
        """The same with one column per split, which keeps a list's name where it is the only one."""
        lists = {s: [name for name, split in self.columns.items() if split == s] for s in self.columns.values()}
        name_of = {split: names[0] if len(names) == 1 else split for split, names in lists.items()}
        column_of = {name: name_of[split] for name, split in self.columns.items()}
        return Funnel(
            {name_of[split]: split for split in lists},
            [
                FunnelStep(
                    step.name,
                    step.meaning,
                    _summed(step.clips, column_of),
                    {name: _summed(counts, column_of) for name, counts in step.classes.items()},
                )
                for step in self.steps
            ],
        )

    def followed_by(self, name: str, clips: Iterable[tuple[Split, str]]) -> Funnel:
        """The funnel, by split, with one of `LATER_STEPS`.

        Args:
            name: the step.
            clips: split and class of each clip that it left.
        """
        funnel = self.by_split()
        column_of = {split: column for column, split in funnel.columns.items()}
        left: Counter[str] = Counter(dict.fromkeys(funnel.columns, 0))
        classes: dict[str, Counter[str]] = {}
        for split, class_name in clips:
            column = column_of["train" if split == "validation" and split not in column_of else split]
            left[column] += 1
            classes.setdefault(class_name, Counter())[column] += 1
        step = FunnelStep(name, LATER_STEPS[name], dict(left), {c: dict(classes[c]) for c in sorted(classes)})
        return Funnel(funnel.columns, [*funnel.steps, step])

    def as_json(self) -> dict[str, Any]:
        """For a manifest's notes and build.json."""
        return asdict(self)


def funnel_from_json(fields: Mapping[str, Any]) -> Funnel:
    """The inverse of `Funnel.as_json`.

    Raises:
        KeyError, TypeError: the fields are not a funnel's.
    """
    return Funnel(dict(fields["columns"]), [FunnelStep(**step) for step in fields["steps"]])


def _summed(counts: Counts, column_of: Mapping[str, str]) -> Counts:
    summed: Counter[str] = Counter()
    for name, count in counts.items():
        summed[column_of[name]] += count
    return dict(summed)
