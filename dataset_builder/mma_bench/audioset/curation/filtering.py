"""Stage 2: which segments have one class (paper, appendix A.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from mma_bench.audioset.curation.ontology import Ontology
from mma_bench.audioset.curation.readings import Readings
from mma_bench.audioset.curation.simplify import Fate

STEPS: Mapping[str, str] = {
    "listed": "in the list",
    "one_root": "share a root",
    "no_removed_class": "no label removed",
    "single_class": "one class left",
}
"""What is left after each step, in their order."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the steps found about a set of labels."""

    specific: tuple[str, ...]
    """The labels that count, in the clip's order: the others are above them."""
    roots: tuple[str, ...]
    """The roots that they share."""
    removed: tuple[str, ...]
    """Those of them that have no class."""
    classes: tuple[str, ...]
    """The classes of the others, sorted."""
    passed: str
    """The last step that the clip passed."""

    @property
    def class_name(self) -> str | None:
        """The clip's class; None where the clip is dropped."""
        return self.classes[0] if self.passed == "single_class" else None


class Filter:
    """Judges clips by their labels. Lists repeat the same few label sets, so each is judged once."""

    def __init__(self, ontology: Ontology, fates: Mapping[str, Fate], readings: Readings) -> None:
        self._ontology = ontology
        self._fates = fates
        self._readings = readings
        self.judge = cache(self._judge)

    def _judge(self, labels: tuple[str, ...]) -> Verdict:
        specific = self._most_specific(labels)
        roots = self._shared_roots(specific)
        removed = tuple(label for label in specific if self._fates[label].class_name is None)
        classes = tuple(sorted({self._fates[label].class_name or "" for label in specific if label not in removed}))
        return Verdict(specific, roots, removed, classes, self._passed(roots, removed, classes))

    def _passed(self, roots: Sequence[str], removed: Sequence[str], classes: Sequence[str]) -> str:
        if not roots:
            return "listed"
        if not classes or (removed and self._readings.removed_label == "clip"):
            return "one_root"
        return "single_class" if len(classes) == 1 else "no_removed_class"

    def _most_specific(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Drop each label that is above another of the clip's ("child-only retention")."""
        if self._readings.specific == "leaf":
            return tuple(label for label in dict.fromkeys(labels) if not self._ontology.labels[label].children)
        above = {ancestor for label in labels for ancestor in self._ontology.ancestors(label)}
        return tuple(label for label in dict.fromkeys(labels) if label not in above)

    def _shared_roots(self, labels: Iterable[str]) -> tuple[str, ...]:
        roots = [self._ontology.roots(label) for label in labels]
        if not roots:
            return ()
        shared = frozenset.intersection(*roots)
        if self._readings.cross_tree == "single" and len(frozenset.union(*roots)) > 1:
            return ()
        return tuple(sorted(shared))
