"""The funnel: how many clips each step left, per list and class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mma_bench.benchmark.conditions import Split
from mma_bench.core.errors import SourceError
from mma_bench.manifest.manifest import Manifest

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

    def has(self, name: str) -> bool:
        """Whether it came to this step."""
        return any(step.name == name for step in self.steps)

    def followed_by(self, name: str, clips: Iterable[tuple[Split, str]]) -> Funnel:
        """The funnel, by split, with one of `LATER_STEPS`. A step that is done anew replaces itself and what followed.

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
        later = list(LATER_STEPS)[list(LATER_STEPS).index(name) :]
        return Funnel(funnel.columns, [*(done for done in funnel.steps if done.name not in later), step])

    def as_json(self) -> dict[str, Any]:
        """For a manifest's notes and build.json."""
        return asdict(self)


def funnel_from_json(fields: Mapping[str, Any]) -> Funnel:
    """The inverse of `Funnel.as_json`.

    Raises:
        KeyError, TypeError: the fields are not a funnel's.
    """
    return Funnel(dict(fields["columns"]), [FunnelStep(**step) for step in fields["steps"]])


def funnel_of(manifest: Manifest, file: Path) -> Funnel:
    """What its notes have of how a manifest's clips were chosen; a manifest from elsewhere begins a funnel of its own.

    Args:
        manifest: with its notes.
        file: that it was read from, for messages.

    Raises:
        SourceError: the notes hold something else.
    """
    if "funnel" in manifest.notes:
        try:
            return funnel_from_json(manifest.notes["funnel"])
        except (LookupError, TypeError, ValueError) as error:
            raise SourceError(
                f"{file}: its funnel cannot be read ({error}); make it anew with `mma-bench curate`"
            ) from error
    counts: Counter[str] = Counter()
    classes: dict[str, Counter[str]] = {}
    for clip in manifest.clips:
        counts[clip.split] += 1
        classes.setdefault(clip.class_name, Counter())[clip.split] += 1
    step = FunnelStep("manifest", "in the manifest", dict(counts), {name: dict(n) for name, n in classes.items()})
    return Funnel({clip.split: clip.split for clip in manifest.clips}, [step])


def _summed(counts: Counts, column_of: Mapping[str, str]) -> Counts:
    summed: Counter[str] = Counter()
    for name, count in counts.items():
        summed[column_of[name]] += count
    return dict(summed)
