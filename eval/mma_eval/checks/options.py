"""What a check of clips is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mma_bench.benchmark.conditions import SPLITS
from mma_bench.core.errors import OptionsError


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """The options of `mma-bench check`.

    Raises:
        OptionsError: a value is impossible.
    """

    source: Path
    """The manifest."""
    clips: Path
    """The folder of its clips."""
    model: str = "tiny-omni"
    model_options: Mapping[str, Any] = field(default_factory=dict)
    """`adapter`, `fps` and so on: what the model's class takes."""
    out: Path = Path("checks.parquet")
    splits: tuple[str, ...] | None = None
    """None means all that the manifest has."""
    limit: int | None = None
    """Clips per split, evenly over the classes: to try it out."""
    seed: int = 0
    """Draws the wrong classes, and the clips of `limit`."""
    tries: int = 2
    max_cost: float | None = None
    """US dollars; asking stops there."""
    overwrite: bool = False

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
        """Where the answers are kept, as they come: beside the output."""
        return self.out.with_suffix(".answers")

    @property
    def report(self) -> Path:
        """What was found, for people: beside the output."""
        return self.out.with_suffix(".md")
