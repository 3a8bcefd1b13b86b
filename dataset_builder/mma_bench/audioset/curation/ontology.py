"""Read AudioSet's ontology, a graph of labels in which a label may have several parents."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mma_bench.core.errors import SourceError
from mma_bench.core.records import Json

LabelPath = tuple[str, ...]
"""Label ids from a root to a label. A root is at level 1."""


@dataclass(frozen=True, slots=True)
class Label:
    """A node of the ontology."""

    id: str
    """Id such as `/m/0bt9lr`."""
    name: str
    children: tuple[str, ...]
    restrictions: tuple[str, ...]
    """`abstract` (only a node of the tree), `blacklist` (obscure), both or neither."""


class Ontology:
    """The labels by id, and the relations between them."""

    def __init__(self, labels: Mapping[str, Label]) -> None:
        self.labels = labels
        self._paths: dict[str, tuple[LabelPath, ...]] = {}

    @cached_property
    def parents(self) -> Mapping[str, Sequence[str]]:
        """Parents of each label in the file's order; a root has none."""
        parents: dict[str, list[str]] = {label: [] for label in self.labels}
        for label in self.labels.values():
            for child in label.children:
                parents[child].append(label.id)
        return parents

    def paths(self, label: str) -> Sequence[LabelPath]:
        """Return all paths from a root down to and including a label."""
        if label not in self._paths:
            above = [path for parent in self.parents[label] for path in self.paths(parent)]
            self._paths[label] = tuple((*path, label) for path in above) or ((label,),)
        return self._paths[label]

    def roots(self, label: str) -> frozenset[str]:
        """Return the roots from which a label can be reached."""
        return frozenset(path[0] for path in self.paths(label))

    def ancestors(self, label: str) -> frozenset[str]:
        """Return the ancestors of a label on all paths."""
        return frozenset(above for path in self.paths(label) for above in path[:-1])

    def find(self, text: str) -> Label | None:
        """Find a label by its id, or by its name ignoring case."""
        by_name = (label for label in self.labels.values() if label.name.casefold() == text.casefold())
        return self.labels.get(text) or next(by_name, None)


def read_ontology(path: Path) -> Ontology:
    """Read `ontology.json`.

    Raises:
        SourceError: the file cannot be read, is not in AudioSet's format, names an unknown child, or has a cycle.
    """
    expected = "expected AudioSet's ontology.json (github.com/audioset/ontology)"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        labels = [_label(entry) for entry in entries]
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}); {expected}") from error
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise SourceError(f"{path}: malformed ({type(error).__name__}: {error}); {expected}") from error
    by_id = {label.id: label for label in labels}
    if len(by_id) < len(labels) or not labels:
        raise SourceError(f"{path}: {len(labels)} labels with {len(by_id)} distinct ids; {expected}")
    unknown = sorted({child for label in labels for child in label.children} - set(by_id))
    if unknown:
        raise SourceError(f"{path}: child_ids refer to {len(unknown)} missing labels, such as {unknown[0]}; {expected}")
    ontology = Ontology(by_id)
    _require_acyclic(ontology, path)
    return ontology


def _label(entry: Mapping[str, Json]) -> Label:
    label = Label(entry["id"], entry["name"], tuple(entry["child_ids"]), tuple(entry.get("restrictions", ())))
    if not all(isinstance(text, str) for text in (label.id, label.name, *label.children, *label.restrictions)):
        raise ValueError(f"in {str(entry)[:80]}")
    return label


def _require_acyclic(ontology: Ontology, path: Path) -> None:
    """Remove labels whose parents are all removed, until no more can be; the rest is on or below a cycle."""
    open_parents = {label: len(parents) for label, parents in ontology.parents.items()}
    free = [label for label, count in open_parents.items() if not count]
    for label in free:
        for child in ontology.labels[label].children:
            open_parents[child] -= 1
            if not open_parents[child]:
                free.append(child)
    if len(free) < len(open_parents):
        stuck = next(label for label, count in open_parents.items() if count)
        raise SourceError(f"{path}: {stuck} ({ontology.labels[stuck].name}) is on or below a cycle of child_ids")
