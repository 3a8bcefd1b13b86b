"""Choices that the paper's text leaves open and that affect the counts (appendix A)."""

from dataclasses import dataclass, fields
from typing import Annotated, Literal, get_args, get_type_hints

import typer

from mma_bench.core.errors import OptionsError


@dataclass(frozen=True, kw_only=True)
class Readings:
    """One interpretation of the paper's text.

    The defaults follow the text literally, unless that contradicts the paper's own classes. Every reading keeps the
    clips that the authors show; cards/mma_cards/paper_notes.md lists the clip counts of each.

    Raises OptionsError if a value is unknown.
    """

    multi_parent: Annotated[
        Literal["differing", "any"],
        typer.Option(
            help="Remove labels with several parents: those whose paths end in `differing` classes, or `any`."
        ),
    ] = "differing"
    """Removal of labels that "appear under multiple parent paths" (A.1). differing: remove those whose paths lead to
    different classes; any: remove all of them, including the paper's own class Clapping."""
    restricted: Annotated[
        Literal["remove", "absorb"],
        typer.Option(
            help="Abstract or blacklisted labels deep below a class: `remove` them, or `absorb` them into it."
        ),
    ] = "remove"
    """Treatment of an abstract or blacklisted label far below a class. remove: drop its clips (A.2, "samples that refer
    any removed or 'restricted' class"); absorb: it counts as the class (A.1, "all descendant nodes are absorbed")."""
    specific: Annotated[
        Literal["present", "leaf"],
        typer.Option(help="Most specific labels of a clip: the lowest `present`, or only a `leaf` of the ontology."),
    ] = "present"
    """Labels retained as "the most specific leaf-level annotations" (A.2). present: those that are not ancestors of
    other labels of the clip; leaf: those without children in the ontology."""
    cross_tree: Annotated[
        Literal["shared", "single"],
        typer.Option(help="A clip's labels must have a `shared` root, or one `single` root and no other."),
    ] = "shared"
    """Test for "all labels belong to the same ontology subtree" (A.2). shared: all labels have a root in common;
    single: they have only one root in total."""
    removed_label: Annotated[
        Literal["clip", "label"], typer.Option(help="A removed label drops the `clip`, or only the `label`.")
    ] = "clip"
    """Treatment of a removed label on a clip with a class (A.2). clip: drop the clip; label: ignore the label."""

    def __post_init__(self) -> None:
        hints = get_type_hints(Readings)
        for field in fields(self):
            known, given = get_args(hints[field.name]), getattr(self, field.name)
            if given not in known:
                option = f"--{field.name.replace('_', '-')}"
                raise OptionsError(f"{option} {given}: unknown value; expected {' or '.join(known)}")
