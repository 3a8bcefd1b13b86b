"""Read AudioSet's ontology, a graph of labels in which a label may have several parents."""

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from mma_bench.core.errors import SourceError
from mma_bench.core.files import unreadable

LabelPath = tuple[str, ...]
"""Label ids from a root down to a label, both included."""


@dataclass(frozen=True, slots=True)
class Label:
    """A node of the ontology."""

    id: str
    """Id such as `/m/0bt9lr`."""
    name: str
    children: tuple[str, ...] = Field(alias="child_ids")
    restrictions: tuple[str, ...] = ()
    """`abstract` (only structures the tree), `blacklist` (too obscure for annotators), both or neither."""


_LABELS = TypeAdapter(list[Label])


class Ontology:
    """AudioSet's labels by id, and the relations between them."""

    def __init__(self, labels: Mapping[str, Label]) -> None:
        self.labels = labels
        self.paths = cache(self._paths)
        """Return all paths from a root down to and including a label."""

    @cached_property
    def parents(self) -> Mapping[str, Sequence[str]]:
        """Parents of each label in the file's order; a root has none."""
        parents: dict[str, list[str]] = {label: [] for label in self.labels}
        for label in self.labels.values():
            for child in label.children:
                parents[child].append(label.id)
        return parents

    def _paths(self, label: str) -> Sequence[LabelPath]:
        above = [path for parent in self.parents[label] for path in self.paths(parent)]
        return [(*path, label) for path in above] or [(label,)]

    def roots(self, label: str) -> frozenset[str]:
        """Return the roots from which a label can be reached."""
        return frozenset(path[0] for path in self.paths(label))

    def ancestors(self, label: str) -> frozenset[str]:
        """Return the ancestors of a label on all paths."""
        return frozenset(above for path in self.paths(label) for above in path[:-1])

    def find(self, text: str) -> Label | None:
        """Find a label by its id, or by its name, ignoring case; return None if there is none."""
        by_name = (label for label in self.labels.values() if label.name.casefold() == text.casefold())
        return self.labels.get(text) or next(by_name, None)


def read_ontology(path: Path) -> Ontology:
    """Read `ontology.json`.

    Raises SourceError if the file cannot be read, is not in AudioSet's format, lists an unknown child, or has a cycle.
    """
    expected = "expected AudioSet's ontology.json (github.com/audioset/ontology)"
    try:
        labels = _LABELS.validate_json(path.read_bytes())
    except OSError as error:
        raise unreadable(path, error) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise SourceError(f"{path}: malformed ({place}: {first['msg']}); {expected}") from error
    by_id = {label.id: label for label in labels}
    if len(by_id) < len(labels) or not labels:
        found = f"{len(labels)} labels, but only {len(by_id)} distinct ids" if labels else "no labels"
        raise SourceError(f"{path}: contains {found}; {expected}")
    unknown = sorted({child for label in labels for child in label.children} - set(by_id))
    if unknown:
        raise SourceError(f"{path}: child_ids refer to {len(unknown)} missing labels, such as {unknown[0]}; {expected}")
    ontology = Ontology(by_id)
    try:
        TopologicalSorter(ontology.parents).prepare()
    except CycleError as error:
        cycle = ", ".join(f"{label} ({by_id[label].name})" for label in error.args[1][1:4])
        raise SourceError(f"{path}: child_ids form a cycle through {cycle}; {expected}") from error
    return ontology
