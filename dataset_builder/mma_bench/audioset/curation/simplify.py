"""Stage 1: what becomes of each label of the ontology (paper, appendix A.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mma_bench.audioset.curation.ontology import LabelPath, Ontology
from mma_bench.audioset.curation.readings import Readings
from mma_bench.audioset.curation.taxonomy import Because, Taxonomy
from mma_bench.benchmark.classes import class_of_label
from mma_bench.core.errors import SourceError

DEPTH = 3
"""Labels below this level are absorbed by the one above them at it; a root is at level 1. Were roots at level 0, Violin
would be a class, and the paper's Bowed_string_instrument none."""

Kept = Literal["kept", "absorbed", "collapsed", "merged"]
Removed = Literal["restricted", "several_parents", "undecided"] | Because


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a label."""

    class_name: str | None
    """None: removed, and with it the clips that carry it."""
    how: Kept | Removed
    why: str


def simplify(ontology: Ontology, taxonomy: Taxonomy, readings: Readings) -> Mapping[str, Fate]:
    """The fate of every label, in the ontology's order.

    Raises:
        SourceError: the taxonomy decides about labels that do not exist, or leaves some undecided.
    """
    _require_known(ontology, taxonomy)
    fates = {label: _fate(label, ontology, taxonomy, readings) for label in ontology.labels}
    undecided = [label for label, fate in fates.items() if fate.how == "undecided"]
    if undecided:
        first = ", ".join(f"{label} ({ontology.labels[label].name})" for label in undecided[:3])
        raise SourceError(
            f"{taxonomy.file}: labels down to level {DEPTH} without a row ({len(undecided)}): {first}; give each a "
            "decision and a reason"
        )
    return fates


def _fate(label: str, ontology: Ontology, taxonomy: Taxonomy, readings: Readings) -> Fate:
    marks = ontology.labels[label].restrictions
    ends = [_end(path, ontology, taxonomy) for path in ontology.paths(label)]
    absorbed = all(end.how in {"absorbed", "collapsed"} for end in ends)
    if marks and not (absorbed and readings.restricted == "absorb"):
        return Fate(None, "restricted", f"marked {' and '.join(marks)} in the ontology")
    classes = list(dict.fromkeys(end.class_name or "removed" for end in ends))
    strict = readings.multi_parent == "any" and len(ontology.parents[label]) > 1
    if len(classes) > 1 or strict:
        return Fate(None, "several_parents", f"its {len(ends)} paths lead to {' / '.join(sorted(classes))}")
    return ends[0]


def _end(path: LabelPath, ontology: Ontology, taxonomy: Taxonomy) -> Fate:
    """Where one path from a root to a label leads."""
    label, heads = path[-1], path[:DEPTH]
    decisions = [taxonomy.decisions.get(head) for head in heads]
    collapsed = next((d for d in decisions if d and d.action == "collapse"), None)
    decision = collapsed or decisions[-1]
    head = ontology.labels[collapsed.id if collapsed else heads[-1]]
    if decision is None:
        if head.restrictions:
            return Fate(None, "restricted", f"{head.name} is marked {' and '.join(head.restrictions)} in the ontology")
        how: Literal["undecided", "absorbed"] = "undecided" if head.id == label else "absorbed"
        return Fate(class_of_label(head.name), how, "the taxonomy has no row for it")
    if decision.action == "remove" and decision.because:
        below = "" if head.id == label else f"below {head.name}: "
        return Fate(None, decision.because, below + decision.reason)
    if label == head.id:
        return Fate(decision.class_name, "merged" if decision.action == "merge" else "kept", decision.reason)
    return Fate(decision.class_name, "collapsed" if collapsed else "absorbed", f"below {head.name}")


def classes_of(fates: Mapping[str, Fate]) -> Sequence[str]:
    """The classes that labels became, sorted."""
    return sorted({fate.class_name for fate in fates.values() if fate.class_name})


def _require_known(ontology: Ontology, taxonomy: Taxonomy) -> None:
    for decision in taxonomy.decisions.values():
        paths = ontology.paths(decision.id) if decision.id in ontology.labels else ()
        if not paths:
            raise SourceError(f"{taxonomy.file}: {decision.id} ({decision.name}) is not in the ontology")
        if all(len(path) > DEPTH for path in paths):
            raise SourceError(
                f"{taxonomy.file}: {decision.id} ({decision.name}) is below level {DEPTH}, where labels are absorbed; "
                "drop the row"
            )
