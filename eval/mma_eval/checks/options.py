"""Options and run.json record of `mma-bench check`."""

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
        OptionsError: a value is out of range, or `out` is not a .parquet path distinct from the manifest.
    """

    source: Path
    """Path of the manifest."""
    clips: Path
    """Clip folder written by `mma-bench fetch`."""
    model: str = "tiny-omni"
    model_options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of the model's class, such as `adapter` and `fps`."""
    out: Path = Path("checks.parquet")
    splits: tuple[str, ...] | None = None
    """Splits to check; None for all."""
    limit: int | None = None
    """Clips per split, spread evenly over the classes; None for all."""
    seed: int = 0
    """Seed for drawing wrong classes and for selecting clips under `limit`."""
    tries: int = 2
    """Maximum attempts per question when the model raises."""
    max_cost: float | None = None
    """Cost limit in US dollars; None for no limit."""
    overwrite: bool = False
    """Discard the answers of earlier runs."""

    def __post_init__(self) -> None:
        unknown = [split for split in self.splits or () if split not in SPLITS]
        if unknown:
            raise OptionsError(f"--split {unknown[0]}: unknown split; expected one of {', '.join(SPLITS)}")
        for name, value in (("--limit", self.limit), ("--tries", self.tries)):
            if value is not None and value < 1:
                raise OptionsError(f"{name} {value}: must be at least 1")
        if self.out.suffix != ".parquet":
            raise OptionsError(f"--out {self.out}: the name must end in .parquet")
        if self.out.resolve() == self.source.resolve():
            raise OptionsError(f"--out {self.out}: is the manifest itself; choose another name")

    @property
    def part_folder(self) -> Path:
        """Folder beside the output that stores answers as they arrive."""
        return self.out.with_suffix(".answers")

    @property
    def report(self) -> Path:
        """The Markdown report beside the output."""
        return self.out.with_suffix(".md")


class CheckSelection(Record):
    """Options that determine the questions: the seed of the wrong classes."""

    seed: int


class CheckRun(ProvenanceRecord):
    """run.json of `mma-bench check`."""

    selection: CheckSelection
