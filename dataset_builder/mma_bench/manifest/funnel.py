"""The selection funnel: number of clips left after each step, by list and class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from mma_bench.benchmark.conditions import Split
from mma_bench.core.errors import SourceError
from mma_bench.core.records import Items, Record, Text

LATER_STEPS: Mapping[str, str] = {
    "fetched": "downloaded",
    "checked": "automated checks",
    "verified": "both annotators",
    "built": "in the dataset",
}
"""The steps after curation, in order, each with its description for tables."""


class FunnelStep(Record):
    """The clips left after one step."""

    name: Text
    meaning: Text
    """Description of the step, for tables."""
    clips: dict[str, int]
    """Number of clips by column."""
    classes: dict[str, dict[str, int]]
    """Number of clips by class and column. Before curation ends, a clip may have several classes or none."""


class Funnel(Record):
    """The steps that selected a manifest's clips, in order. Steps only remove clips."""

    columns: dict[str, Split]
    """Split of each column. A column is one of AudioSet's lists, or a split that merges several lists."""
    steps: Items[FunnelStep]

    @classmethod
    def of_clips(cls, clips: Iterable[tuple[Split, str]]) -> Self:
        """Start a funnel with clips whose selection is unknown, each given as its split and class."""
        found = list(clips)
        columns: dict[str, Split] = {split: split for split, _ in found}
        return cls(columns=columns, steps=(_step("manifest", "in the manifest", columns, found),))

    def by_split(self) -> Funnel:
        """Merge the columns of each split into one, named after the split; a split's only column keeps its name."""
        lists = {s: [name for name, split in self.columns.items() if split == s] for s in self.columns.values()}
        name_of = {split: names[0] if len(names) == 1 else split for split, names in lists.items()}

        def merged(counts: Mapping[str, int]) -> dict[str, int]:
            total: Counter[str] = Counter()
            for column, count in counts.items():
                total[name_of[self.columns[column]]] += count
            return dict(total)

        steps = [
            FunnelStep(
                name=step.name,
                meaning=step.meaning,
                clips=merged(step.clips),
                classes={name: merged(counts) for name, counts in step.classes.items()},
            )
            for step in self.steps
        ]
        return Funnel(columns={name_of[split]: split for split in lists}, steps=tuple(steps))

    def has(self, name: str) -> bool:
        """Return whether the funnel has a step with this name."""
        return any(step.name == name for step in self.steps)

    def followed_by(self, name: str, clips: Iterable[tuple[Split, str]]) -> Funnel:
        """Merge the columns by split, and append one of `LATER_STEPS`, replacing that step and all later ones.

        `clips` contains the split and class of each clip left after the step.

        Raises SourceError if the funnel has no column for a clip's split.
        """
        funnel = self.by_split()
        column_of = {split: column for column, split in funnel.columns.items()}
        if "train" in column_of:
            column_of.setdefault("validation", column_of["train"])
        left = sorted(clips, key=lambda clip: clip[1])
        if unknown := next((split for split, _ in left if split not in column_of), None):
            raise SourceError(
                f"the manifest's funnel has no column for the split {unknown}, only for "
                f"{', '.join(funnel.columns.values())}; use the manifest unchanged, as mma-bench wrote it"
            )
        step = _step(name, LATER_STEPS[name], funnel.columns, [(column_of[split], c) for split, c in left])
        later = list(LATER_STEPS)[list(LATER_STEPS).index(name) :]
        return Funnel(columns=funnel.columns, steps=(*(done for done in funnel.steps if done.name not in later), step))


def _step(name: str, meaning: str, columns: Iterable[str], clips: Sequence[tuple[str, str]]) -> FunnelStep:
    """Count the clips left after a step, each given as its column and class."""
    classes: dict[str, Counter[str]] = {}
    for column, class_name in clips:
        classes.setdefault(class_name, Counter())[column] += 1
    left = {**dict.fromkeys(columns, 0), **Counter(column for column, _ in clips)}
    by_class = {class_name: dict(counts) for class_name, counts in classes.items()}
    return FunnelStep(name=name, meaning=meaning, clips=left, classes=by_class)
