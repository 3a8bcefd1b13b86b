"""Stage 2: keep the segments that have exactly one class (paper, appendix A.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from mma_bench.audioset.curation.ontology import Ontology
from mma_bench.audioset.curation.readings import Readings
from mma_bench.audioset.curation.simplify import SimplifiedLabel

STEPS: Mapping[str, str] = {
    "listed": "in the list",
    "one_root": "share a root",
    "no_removed_class": "no label removed",
    "single_class": "one class left",
}
"""Steps in order, each with a description of the clips that it leaves."""


@dataclass(frozen=True, slots=True)
class FilterResult:
    """Outcome of the filter steps for a set of labels."""

    specific: tuple[str, ...]
    """The labels that count, in the clip's order; the other labels are ancestors of these."""
    roots: tuple[str, ...]
    """Roots that these labels share."""
    removed: tuple[str, ...]
    """Labels of `specific` without a class."""
    classes: tuple[str, ...]
    """Classes of the other labels of `specific`, sorted."""
    passed: str
    """Last step that the clip passed."""

    @property
    def class_name(self) -> str | None:
        """Class of the clip; None if the clip is dropped."""
        return self.classes[0] if self.passed == "single_class" else None


class Filter:
    """Applies the filter steps to the labels of clips; results are cached because label sets repeat."""

    def __init__(self, ontology: Ontology, simplified: Mapping[str, SimplifiedLabel], readings: Readings) -> None:
        self._ontology = ontology
        self._fates = simplified
        self._readings = readings
        self.apply = cache(self._apply)

    def _apply(self, labels: tuple[str, ...]) -> FilterResult:
        specific = self._most_specific(labels)
        roots = self._shared_roots(specific)
        removed = tuple(label for label in specific if self._fates[label].class_name is None)
        classes = tuple(sorted({self._fates[label].class_name or "" for label in specific if label not in removed}))
        return FilterResult(specific, roots, removed, classes, self._passed(roots, removed, classes))

    def _passed(self, roots: Sequence[str], removed: Sequence[str], classes: Sequence[str]) -> str:
        if not roots:
            return "listed"
        if not classes or (removed and self._readings.removed_label == "clip"):
            return "one_root"
        return "single_class" if len(classes) == 1 else "no_removed_class"

    def _most_specific(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Drop the labels that are ancestors of other labels of the clip ("child-only retention")."""
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
