"""Stage 1: simplify the ontology's labels to classes (paper, appendix A.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mma_bench.audioset.curation.ontology import LabelPath, Ontology
from mma_bench.audioset.curation.readings import Readings
from mma_bench.audioset.curation.taxonomy import Because, Taxonomy
from mma_bench.benchmark.classes import class_of_label
from mma_bench.core.errors import SourceError

DEPTH = 3
"""Labels below this level are absorbed by their ancestor at it; a root is at level 1. If roots were at level 0, Violin
would be a class, and the paper's Bowed_string_instrument would not."""

Kept = Literal["kept", "absorbed", "collapsed", "merged"]
Removed = Literal["restricted", "several_parents", "undecided"] | Because


@dataclass(frozen=True, slots=True)
class SimplifiedLabel:
    """The class of a label, or the reason why it has none."""

    class_name: str | None
    """None if the label is removed, and with it the clips that carry it."""
    how: Kept | Removed
    """What was done to the label."""
    why: str
    """Explanation for `--explain`."""


def simplify(ontology: Ontology, taxonomy: Taxonomy, readings: Readings) -> Mapping[str, SimplifiedLabel]:
    """Map every label to its class, in the ontology's order.

    Raises:
        SourceError: the taxonomy has rows for labels that do not exist, or lacks rows.
    """
    _require_known(ontology, taxonomy)
    simplified = {label: _simplified(label, ontology, taxonomy, readings) for label in ontology.labels}
    undecided = [label for label, outcome in simplified.items() if outcome.how == "undecided"]
    if undecided:
        first = ", ".join(f"{label} ({ontology.labels[label].name})" for label in undecided[:3])
        raise SourceError(
            f"{taxonomy.file}: {len(undecided)} labels down to level {DEPTH} have no row, such as {first}; add a row "
            "with an action and a reason for each"
        )
    return simplified


def _simplified(label: str, ontology: Ontology, taxonomy: Taxonomy, readings: Readings) -> SimplifiedLabel:
    marks = ontology.labels[label].restrictions
    found = [_class_on_path(path, ontology, taxonomy) for path in ontology.paths(label)]
    absorbed = all(end.how in {"absorbed", "collapsed"} for end in found)
    if marks and not (absorbed and readings.restricted == "absorb"):
        return SimplifiedLabel(None, "restricted", f"marked {' and '.join(marks)} in the ontology")
    classes = list(dict.fromkeys(end.class_name or "removed" for end in found))
    strict = readings.multi_parent == "any" and len(ontology.parents[label]) > 1
    if len(classes) > 1 or strict:
        return SimplifiedLabel(None, "several_parents", f"its {len(found)} paths lead to {' / '.join(sorted(classes))}")
    return found[0]


def _class_on_path(path: LabelPath, ontology: Ontology, taxonomy: Taxonomy) -> SimplifiedLabel:
    """Find the class of a label along one path from a root."""
    label, heads = path[-1], path[:DEPTH]
    decisions = [taxonomy.decisions.get(head) for head in heads]
    collapsed = next((d for d in decisions if d and d.action == "collapse"), None)
    decision = collapsed or decisions[-1]
    head = ontology.labels[collapsed.id if collapsed else heads[-1]]
    if decision is None:
        if head.restrictions:
            return SimplifiedLabel(
                None, "restricted", f"{head.name} is marked {' and '.join(head.restrictions)} in the ontology"
            )
        how: Literal["undecided", "absorbed"] = "undecided" if head.id == label else "absorbed"
        return SimplifiedLabel(class_of_label(head.name), how, "the taxonomy has no row for it")
    if decision.action == "remove" and decision.because:
        below = "" if head.id == label else f"below {head.name}: "
        return SimplifiedLabel(None, decision.because, below + decision.reason)
    if label == head.id:
        return SimplifiedLabel(decision.class_name, "merged" if decision.action == "merge" else "kept", decision.reason)
    return SimplifiedLabel(decision.class_name, "collapsed" if collapsed else "absorbed", f"below {head.name}")


def classes_of(simplified: Mapping[str, SimplifiedLabel]) -> Sequence[str]:
    """List the classes, sorted."""
    return sorted({label.class_name for label in simplified.values() if label.class_name})


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
