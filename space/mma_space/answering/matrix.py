"""Every condition done to one clip: conditions x questions x voices, filled as answers come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import Variant
from mma_eval.model import ModelError
from mma_space.answering.model_pair import Voices
from mma_space.answering.probing import Memory, Probed, probe
from mma_space.clips.library import Library
from mma_space.clips.recipe import checked, of_condition


@dataclass(frozen=True)
class MatrixRow:
    """A condition, and what was found; None while it is still to be asked."""

    condition: str
    meaning: str
    probed: Probed | None
    failure: str | None = None
    """Why there is no answer and will be none."""


def fill_matrix(
    clip: str, variant: Variant, library: Library, voices: Voices, memory: Memory
) -> Iterator[list[MatrixRow]]:
    """The whole matrix after each condition, first empty.

    Raises:
        OptionsError: there is no such clip.
        ClipError: it cannot be read.
        NotReadyError: the model is not there (yet).
    """
    rows = [MatrixRow(c.name, c.meaning, None) for c in CONDITIONS.values()]
    yield list(rows)
    for k, row in enumerate(rows):
        recipe = checked(of_condition(row.condition, clip, library, variant), library)
        try:
            rows[k] = replace(row, probed=probe(recipe, library, voices, memory))
        except ModelError as error:  # the next condition may go well
            rows[k] = replace(row, failure=str(error))
        yield list(rows)
