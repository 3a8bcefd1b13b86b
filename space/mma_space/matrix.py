"""Every condition done to one clip: conditions x questions x voices, filled as answers come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mma_bench.conditions import CONDITIONS
from mma_bench.prompts import Variant
from mma_space.library import Library
from mma_space.probing import Memory, Probed, probe
from mma_space.recipe import checked, of_condition
from mma_space.voices import Voices


@dataclass(frozen=True)
class MatrixRow:
    """A condition, and what was found; None while it is still to be asked."""

    condition: str
    meaning: str
    probed: Probed | None


def fill_matrix(
    clip: str, variant: Variant, library: Library, voices: Voices, memory: Memory
) -> Iterator[list[MatrixRow]]:
    """The whole matrix after each condition, first empty.

    Raises:
        What `probe` does.
    """
    rows = [MatrixRow(c.name, c.meaning, None) for c in CONDITIONS.values()]
    yield list(rows)
    for k, row in enumerate(rows):
        recipe = checked(of_condition(row.condition, clip, library, variant), library)
        rows[k] = MatrixRow(row.condition, row.meaning, probe(recipe, library, voices, memory))
        yield list(rows)
