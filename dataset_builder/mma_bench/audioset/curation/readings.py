"""How the paper's text is read where it leaves a choice that changes the counts (appendix A)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args, get_type_hints

from mma_bench.core.errors import OptionsError

MultiParent = Literal["differing", "any"]
Restricted = Literal["remove", "absorb"]
Specific = Literal["present", "leaf"]
CrossTree = Literal["shared", "single"]
RemovedLabel = Literal["clip", "label"]


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The defaults are what the text says most plainly; where it cannot mean what it says, what its own classes allow.

    What each reading keeps is in cards/mma_cards/paper_notes.md. None of them loses a clip that the authors show.

    Raises:
        OptionsError: a reading that does not exist.
    """

    multi_parent: MultiParent = "differing"
    """Which labels with several parents go (A.1, "appear under multiple parent paths"). differing: those whose paths
    end in different classes; any: all of them, which would take the paper's own class Clapping."""
    restricted: Restricted = "remove"
    """An abstract or blacklisted label deep below a class. remove: its clips go (A.2, "samples that refer any removed
    or 'restricted' class"); absorb: it counts as the class (A.1, "all descendant nodes are absorbed")."""
    specific: Specific = "present"
    """"We retain only the most specific leaf-level annotations" (A.2). present: a clip's labels that are above none of
    its others; leaf: its labels that nothing in the ontology is below."""
    cross_tree: CrossTree = "shared"
    """"All labels belong to the same ontology subtree" (A.2). shared: there is a root that all labels have; single: the
    labels have no second root."""
    removed_label: RemovedLabel = "clip"
    """A label of no class beside one of a class (A.2). clip: the clip goes; label: only the label does."""

    def __post_init__(self) -> None:
        hints = get_type_hints(Readings)
        for field in fields(self):
            known, given = get_args(hints[field.name]), getattr(self, field.name)
            if given not in known:
                option = f"--{field.name.replace('_', '-')}"
                raise OptionsError(f"{option} {given}: expected {' or '.join(known)}")
