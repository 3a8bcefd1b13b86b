"""The options of `mma-bench check`, and its run.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mma_bench.benchmark.conditions import SPLITS
from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Record
from mma_eval.run.record import ProvenanceRecord


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """The options of `mma-bench check`.

    Raises:
        OptionsError: a value is out of range, or `out` is not a Parquet file of its own.
    """

    source: Path
    """The manifest."""
    clips: Path
    """The folder of its clips, as `mma-bench fetch` fills it."""
    model: str = "tiny-omni"
    model_options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of the model's class, such as `adapter` and `fps`."""
    out: Path = Path("checks.parquet")
    splits: tuple[str, ...] | None = None
    """Splits to check; None for all of the manifest."""
    limit: int | None = None
    """Clips per split, spread evenly over the classes; None for all."""
    seed: int = 0
    """Seed of the wrong classes and of the clips that `limit` selects."""
    tries: int = 2
    """Attempts at a question when the model raises."""
    max_cost: float | None = None
    """US dollars; asking stops there."""
    overwrite: bool = False
    """Discard the answers of earlier runs."""

    def __post_init__(self) -> None:
        unknown = [split for split in self.splits or () if split not in SPLITS]
        if unknown:
            raise OptionsError(f"--split {unknown[0]}: expected one of {', '.join(SPLITS)}")
        for name, value in (("--limit", self.limit), ("--tries", self.tries)):
            if value is not None and value < 1:
                raise OptionsError(f"{name} {value}: expected at least 1")
        if self.out.suffix != ".parquet":
            raise OptionsError(f"--out {self.out}: expected a name that ends in .parquet")
        if self.out.resolve() == self.source.resolve():
            raise OptionsError(f"--out {self.out}: is the manifest itself; choose another name")

    @property
    def part_folder(self) -> Path:
        """The folder beside the output in which answers are stored as they arrive."""
        return self.out.with_suffix(".answers")

    @property
    def report(self) -> Path:
        """The Markdown report beside the output."""
        return self.out.with_suffix(".md")


class CheckSelection(Record):
    """The part of the options that decides the questions."""

    seed: int
    """Seed of the wrong classes."""


class CheckRun(ProvenanceRecord):
    """run.json of `mma-bench check`."""

    selection: CheckSelection
