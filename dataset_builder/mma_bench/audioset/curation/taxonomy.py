"""Read the taxonomy, a table of human decisions on AudioSet's labels with a reason per row.

Visible actions, near synonyms, and subtrees that form one visible category are matters of judgement. They are therefore
data (`data/taxonomy.csv`), which the algorithm in `simplify` applies.
"""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from mma_bench.benchmark.classes import class_name
from mma_bench.core.errors import SourceError

Action = Literal["keep", "collapse", "merge", "remove"]
"""keep: a class. collapse: a class that includes everything below it, at any level. merge: part of another class.
remove: no class."""

Because = Literal["actionless", "not_visual", "ambiguous", "abstract", "unpublished"]
"""Reason for removing a label. actionless and not_visual belong to the paper's second step, ambiguous and abstract to
its third (appendix A.1); no clip carries an unpublished label."""

_COLUMNS = ("id", "name", "action", "class", "because", "reason")


@dataclass(frozen=True, slots=True)
class Decision:
    """A row of the table."""

    id: str
    """Id of the label."""
    name: str
    """Name of the label, for readers only."""
    action: Action
    class_name: str | None
    """None if the label is removed."""
    because: Because | None
    """None unless the label is removed."""
    reason: str


@dataclass(frozen=True)
class Taxonomy:
    """A table of decisions."""

    decisions: Mapping[str, Decision]
    """By label id."""
    file: str
    """Name of the file, for messages."""
    sha256: str


def read_taxonomy(path: Path | None = None) -> Taxonomy:
    """Read a taxonomy; None reads the bundled one.

    Raises:
        SourceError: the table cannot be read, or a row is invalid; the message names the line.
    """
    name = str(path or "data/taxonomy.csv")
    source = path or files("mma_bench") / "data" / "taxonomy.csv"
    try:
        data = source.read_bytes()
        reader = csv.DictReader(data.decode("utf-8-sig").splitlines())
        if missing := set(_COLUMNS) - set(reader.fieldnames or ()):
            found = ", ".join(reader.fieldnames or ())
            raise SourceError(f"{name}: no column {', '.join(sorted(missing))}; found {found}")
        rows = [(reader.line_num, row) for row in reader]
    except (OSError, ValueError, csv.Error) as error:
        raise SourceError(f"{name}: cannot be read ({error}); expected CSV with {', '.join(_COLUMNS)}") from error
    decisions: dict[str, Decision] = {}
    for line, row in rows:
        decision = _decision(row, f"{name} line {line}")
        if decision.id in decisions:
            raise SourceError(f"{name} line {line}: a second row for {decision.id} ({decision.name}); drop one")
        decisions[decision.id] = decision
    _require_targets(decisions, name)
    return Taxonomy(decisions, name, hashlib.sha256(data).hexdigest())


def _decision(row: Mapping[str, str | None], where: str) -> Decision:
    cell = {column: (row[column] or "").strip() for column in _COLUMNS}
    action = next((a for a in get_args(Action) if a == cell["action"]), None)
    because = next((b for b in get_args(Because) if b == cell["because"]), None)
    if action is None:
        raise SourceError(f"{where}: unknown action {cell['action']!r}; expected {', '.join(get_args(Action))}")
    if (because is None) == (action == "remove") or (cell["because"] and because is None):
        raise SourceError(
            f"{where}: {action} with because {cell['because']!r}; rows with remove need one of "
            f"{', '.join(get_args(Because))}, other rows none"
        )
    if not cell["id"] or not cell["reason"]:
        raise SourceError(f"{where}: id or reason is missing; every row needs both")
    if action == "remove":
        if cell["class"]:
            raise SourceError(f"{where}: a removed label must not have a class; clear {cell['class']!r}")
        return Decision(cell["id"], cell["name"], action, None, because, cell["reason"])
    try:
        return Decision(cell["id"], cell["name"], action, class_name(cell["class"]), None, cell["reason"])
    except ValueError:
        raise SourceError(f"{where}: invalid class {cell['class']!r}; expected a name such as Frying_food") from None


def _require_targets(decisions: Mapping[str, Decision], name: str) -> None:
    classes = {d.class_name for d in decisions.values() if d.action in {"keep", "collapse"}}
    for decision in decisions.values():
        if decision.action == "merge" and decision.class_name not in classes:
            raise SourceError(
                f"{name}: {decision.id} ({decision.name}) is merged into {decision.class_name}, which no row keeps"
            )
