"""Options of `mma-bench check`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from mma_bench.benchmark.conditions import SPLITS
from mma_bench.core.errors import OptionsError
from mma_eval.models.options import Adapter
from mma_eval.run.options import MaxCost, Overwrite, Tries


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """The options of `mma-bench check`.

    Raises:
        OptionsError: a value is out of range, or `out` is not a .parquet path distinct from the manifest.
    """

    source: Annotated[
        str, typer.Option(help="The manifest, such as `mma-bench curate` writes; or a dataset, such as org/mma-bench.")
    ]
    clips: Annotated[Path, typer.Option(help="The folder of its clips, as `mma-bench fetch` writes it.")] = Path(
        "clips"
    )
    model: Annotated[
        str,
        typer.Option(
            help="The judge: Qwen/Qwen2.5-Omni-7B as in the paper, or any model that `mma-bench eval` takes. tiny-omni "
            "knows drawn clips only."
        ),
    ] = "tiny-omni"
    adapter: Adapter = None
    model_options: Mapping[str, Any] = field(default_factory=dict)
    """Further keyword arguments of the model's class, such as `fps`."""
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("checks.parquet")
    splits: Annotated[
        tuple[str, ...] | None, typer.Option("--split", help=f"Repeatable: {', '.join(SPLITS)}; by default all.")
    ] = None
    limit: Annotated[int | None, typer.Option(help="Clips per split, evenly over the classes, for a trial.")] = None
    seed: Annotated[int, typer.Option(help="Seed for drawing the wrong classes that the judge is asked about.")] = 0
    """Seed for drawing the wrong classes and, if `limit` is set, the clips."""
    tries: Tries = 5
    max_cost: MaxCost = None
    overwrite: Overwrite = False

    def __post_init__(self) -> None:
        if self.splits:
            object.__setattr__(self, "splits", tuple(dict.fromkeys(self.splits)))
        unknown = [split for split in self.splits or () if split not in SPLITS]
        if unknown:
            raise OptionsError(f"--split {unknown[0]}: unknown split; expected one of {', '.join(SPLITS)}")
        for name, value in (("--limit", self.limit), ("--tries", self.tries)):
            if value is not None and value < 1:
                raise OptionsError(f"{name} {value}: must be at least 1")
        if self.out.suffix != ".parquet":
            raise OptionsError(f"--out {self.out}: the name must end in .parquet")
        if self.out.resolve() == Path(self.source).resolve():
            raise OptionsError(f"--out {self.out}: is the manifest itself; choose another name")

    @property
    def part_folder(self) -> Path:
        """Folder beside the output that stores answers as they arrive."""
        return self.out.with_suffix(".answers")

    @property
    def report(self) -> Path:
        """Path of the Markdown report, beside the output."""
        return self.out.with_suffix(".md")
