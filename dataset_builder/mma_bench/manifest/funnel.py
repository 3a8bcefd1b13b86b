"""The selection funnel: number of clips left after each step, by list and class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
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
"""The steps after curation, in order, with their meaning."""

Counts = Mapping[str, int]
"""Number of clips by column."""


class FunnelStep(Record):
    """The clips left after one step."""

    name: Text
    meaning: Text
    """Description of the step, for tables."""
    clips: dict[str, int]
    """Number of clips by column."""
    classes: dict[str, dict[str, int]]
    """Number of clips by class and column. Until curation ends a clip may count for several classes, or for none."""


class Funnel(Record):
    """The steps that selected a manifest's clips, in order. Steps only remove clips."""

    columns: dict[str, Split]
    """Split by column; a column is one of AudioSet's lists, or a split merged from several lists."""
    steps: Items[FunnelStep]

    @classmethod
    def of_clips(cls, clips: Iterable[tuple[Split, str]]) -> Self:
        """Start a funnel with clips of unknown selection.

        Args:
            clips: split and class of each clip.
        """
        counts: Counter[str] = Counter()
        columns: dict[str, Split] = {}
        classes: dict[str, Counter[str]] = {}
        for split, class_name in clips:
            counts[split] += 1
            columns[split] = split
            classes.setdefault(class_name, Counter())[split] += 1
        return cls(columns=columns, steps=(_step("manifest", "in the manifest", counts, classes),))

    def by_split(self) -> Funnel:
        """Merge the columns of each split. The only list of a split keeps its name."""
        lists = {s: [name for name, split in self.columns.items() if split == s] for s in self.columns.values()}
        name_of = {split: names[0] if len(names) == 1 else split for split, names in lists.items()}
        column_of = {name: name_of[split] for name, split in self.columns.items()}
        return Funnel(
            columns={name_of[split]: split for split in lists},
            steps=tuple(
                _step(
                    step.name,
                    step.meaning,
                    _summed(step.clips, column_of),
                    {name: _summed(counts, column_of) for name, counts in step.classes.items()},
                )
                for step in self.steps
            ),
        )

    def has(self, name: str) -> bool:
        """Return whether the funnel has a step of this name."""
        return any(step.name == name for step in self.steps)

    def followed_by(self, name: str, clips: Iterable[tuple[Split, str]]) -> Funnel:
        """Append one of `LATER_STEPS` to the funnel by split, replacing that step and all later ones.

        Args:
            name: the step.
            clips: split and class of each clip left after the step.

        Raises:
            SourceError: the funnel has no column for a clip's split.
        """
        funnel = self.by_split()
        column_of = {split: column for column, split in funnel.columns.items()}
        left: Counter[str] = Counter(dict.fromkeys(funnel.columns, 0))
        classes: dict[str, Counter[str]] = {}
        for split, class_name in clips:
            column = column_of.get("train" if split == "validation" and split not in column_of else split)
            if column is None:
                raise SourceError(
                    f"the manifest's funnel has no column for the split {split}, only for {', '.join(column_of)}; use "
                    "the manifest as mma-bench wrote it"
                )
            left[column] += 1
            classes.setdefault(class_name, Counter())[column] += 1
        step = _step(name, LATER_STEPS[name], left, {c: classes[c] for c in sorted(classes)})
        later = list(LATER_STEPS)[list(LATER_STEPS).index(name) :]
        return Funnel(columns=funnel.columns, steps=(*(done for done in funnel.steps if done.name not in later), step))


def _step(name: str, meaning: str, clips: Counts, classes: Mapping[str, Counts]) -> FunnelStep:
    by_class = {class_name: dict(counts) for class_name, counts in classes.items()}
    return FunnelStep(name=name, meaning=meaning, clips=dict(clips), classes=by_class)


def _summed(counts: Counts, column_of: Mapping[str, str]) -> Counts:
    summed: Counter[str] = Counter()
    for name, count in counts.items():
        summed[column_of[name]] += count
    return summed
