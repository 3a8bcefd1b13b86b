"""Stage 1: simplify the ontology's labels to classes (paper, appendix A.1).

Which labels name visible actions, are near synonyms or belong to one visible category is a matter of judgement. These
decisions are therefore data: the taxonomy (`data/taxonomy.csv`), a table of one decision per label with its reason.
"""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from mma_bench.audioset.curation.ontology import LabelPath, Ontology
from mma_bench.audioset.curation.readings import Readings
from mma_bench.benchmark.classes import class_name, class_of_label
from mma_bench.core.errors import SourceError
from mma_bench.core.files import unreadable

DEPTH = 3
"""Lowest level of the classes: a label below it counts as its ancestor at this level. Roots are at level 1; if they
were at 0, Violin would be a class, and the paper's Bowed_string_instrument would not."""

Action = Literal["keep", "collapse", "merge", "remove"]
"""Decision on a label. keep: it is a class. collapse: it is a class that includes all labels below it, at any level.
merge: it belongs to another class. remove: it has no class."""

Because = Literal["actionless", "not_visual", "ambiguous", "abstract", "unpublished"]
"""Reason for removing a label. actionless and not_visual belong to the paper's second step, ambiguous and abstract to
its third (appendix A.1); no clip carries an unpublished label."""

_COLUMNS = ("id", "name", "action", "class", "because", "reason")

Kept = Literal["kept", "absorbed", "collapsed", "merged"]
Removed = Literal["restricted", "several_parents", "undecided"] | Because


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on a label: a row of the taxonomy."""

    id: str
    name: str
    """Name of the label, for readers only."""
    action: Action
    class_name: str | None
    """Class of the label; None if the label is removed."""
    because: Because | None
    """Category of the reason for removing the label; None if it is not removed."""
    reason: str


@dataclass(frozen=True)
class Taxonomy:
    """The decisions by label id, and the file that they were read from."""

    decisions: Mapping[str, Decision]
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SimplifiedLabel:
    """The class of a label, or the reason why it has none."""

    class_name: str | None
    """Class of the label; None if the label is removed."""
    how: Kept | Removed
    """How the label got its class, or why it has none."""
    why: str
    """Explanation in words, shown by `--explain`."""


def simplify(ontology: Ontology, taxonomy: Taxonomy, readings: Readings) -> Mapping[str, SimplifiedLabel]:
    """Map every label to its class, in the ontology's order.

    Raises SourceError if the taxonomy has a row for an unknown or too deep label, or lacks a required row.
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
            raise SourceError(
                f"{taxonomy.file}: {decision.id} ({decision.name}) is not in the ontology; correct its id or "
                "drop the row"
            )
        if all(len(path) > DEPTH for path in paths):
            raise SourceError(
                f"{taxonomy.file}: {decision.id} ({decision.name}) is below level {DEPTH}, where labels have the "
                "class of their ancestor; drop the row"
            )


def read_taxonomy(path: Path | None = None) -> Taxonomy:
    """Read a taxonomy from a CSV file, by default from the bundled one.

    Raises SourceError if the table cannot be read, or a row is invalid.
    """
    name = str(path or "data/taxonomy.csv")
    source = path or files("mma_bench") / "data" / "taxonomy.csv"
    try:
        data = source.read_bytes()
        reader = csv.DictReader(data.decode("utf-8-sig").splitlines())
        if missing := set(_COLUMNS) - set(reader.fieldnames or ()):
            found = ", ".join(reader.fieldnames or ()) or "no header"
            expected = f"expected the columns {', '.join(_COLUMNS)}"
            raise SourceError(f"{name}: no column {', '.join(sorted(missing))}; found {found}; {expected}")
        rows = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise unreadable(name, error) from error
    except (ValueError, csv.Error) as error:
        raise SourceError(
            f"{name}: cannot be read ({error}); expected CSV with columns {', '.join(_COLUMNS)}"
        ) from error
    decisions: dict[str, Decision] = {}
    for line, row in rows:
        decision = _decision(row, f"{name} line {line}")
        if decision.id in decisions:
            raise SourceError(f"{name} line {line}: a second row for {decision.id} ({decision.name}); keep one")
        decisions[decision.id] = decision
    classes = {d.class_name for d in decisions.values() if d.action in {"keep", "collapse"}}
    for decision in decisions.values():
        if decision.action == "merge" and decision.class_name not in classes:
            raise SourceError(
                f"{name}: {decision.id} ({decision.name}) is merged into {decision.class_name}, which is not a "
                "class; merge it into a class that another row keeps or collapses"
            )
    return Taxonomy(decisions, name, hashlib.sha256(data).hexdigest())


def _decision(row: Mapping[str, str | None], where: str) -> Decision:
    cell = {column: (row[column] or "").strip() for column in _COLUMNS}
    action = next((a for a in get_args(Action) if a == cell["action"]), None)
    because = next((b for b in get_args(Because) if b == cell["because"]), None)
    if action is None:
        raise SourceError(f"{where}: unknown action {cell['action']!r}; expected one of {', '.join(get_args(Action))}")
    if (because is None) == (action == "remove") or (cell["because"] and because is None):
        raise SourceError(
            f"{where}: the value {cell['because']!r} of `because` does not fit the action {action}; expected one of "
            f"{', '.join(get_args(Because))} for remove, and an empty cell for other actions"
        )
    if empty := [column for column in ("id", "reason") if not cell[column]]:
        raise SourceError(f"{where}: no {' and no '.join(empty)}; expected an id and a reason in every row")
    if action == "remove" and cell["class"]:
        raise SourceError(f"{where}: a removed label must not have a class, but has {cell['class']!r}; clear the cell")
    try:
        name = None if action == "remove" else class_name(cell["class"])
    except ValueError:
        raise SourceError(f"{where}: invalid class {cell['class']!r}; expected a name such as Frying_food") from None
    return Decision(cell["id"], cell["name"], action, name, because, cell["reason"])
