"""Options of an evaluation, declared for the command line and for Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS, Split
from mma_bench.benchmark.prompts import PROMPTS, VARIANTS
from mma_bench.core.errors import OptionsError

if TYPE_CHECKING:
    from mma_eval.run.record import Selection
    from mma_eval.run.resume import AskSettings

Data = Annotated[str, typer.Option(help="A built folder, or a dataset on the Hub.")]
SplitName = Annotated[str, typer.Option(help=f"{', '.join(SPLITS)}.")]
MaxCost = Annotated[float | None, typer.Option(help="US dollars after which no more questions are asked.")]
Tries = Annotated[int, typer.Option(help="Attempts per question when the model or its server fails.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace answers that were given with other options.")]


def _shard(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    try:
        return int(part), int(parts)
    except ValueError as error:
        raise OptionsError(f"--shard {text}: expected I/N, such as 1/4") from error


@dataclass(frozen=True, kw_only=True)
class EvalOptions:
    """Options of `mma-bench eval`.

    Raises:
        OptionsError: a value is invalid.
    """

    model: str = "tiny-omni"
    model_options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the model by name, such as `adapter` and `fps`."""
    data: Data = "mma-bench"
    split: SplitName = "test"
    conditions: Annotated[tuple[str, ...] | None, typer.Option(help=f"Repeatable: {', '.join(CONDITIONS)}.")] = None
    """Conditions to ask about; None selects all conditions in the split."""
    prompts: Annotated[tuple[str, ...], typer.Option(help=f"Repeatable: {', '.join(PROMPTS)}.")] = PROMPTS
    variants: Annotated[tuple[str, ...], typer.Option(help=f"Repeatable: {', '.join(VARIANTS)}; by default plain.")] = (
        "plain",
    )
    seeds: Annotated[
        tuple[int, ...], typer.Option(help="Repeatable: 0 lists the options in alphabetical order, others shuffle.")
    ] = (0,)
    limit: Annotated[int | None, typer.Option(help="Clips, evenly over the classes.")] = None
    shard: Annotated[
        tuple[int, int],
        typer.Option(metavar="I/N", parser=_shard, help="Only the I-th of N parts; the last merges all."),
    ] = field(default=(1, 1), metadata={"default": "1/1"})
    out: Annotated[Path | None, typer.Option(help="The run folder; by default runs/MODEL[+ADAPTER].")] = None
    max_cost: MaxCost = None
    tries: Tries = 5
    overwrite: Overwrite = False

    def __post_init__(self) -> None:
        for option, given, known in (
            ("--conditions", self.conditions or (), tuple(CONDITIONS)),
            ("--split", (self.split,), SPLITS),
            ("--prompts", self.prompts, PROMPTS),
            ("--variants", self.variants, VARIANTS),
        ):
            unknown = [g for g in given if g not in known]
            if unknown:
                again = f"; repeat {option} to give several" if "," in unknown[0] else ""
                raise OptionsError(f"{option} {' '.join(unknown)}: unknown; expected one of {', '.join(known)}{again}")
        part, parts = self.shard
        if not 1 <= part <= parts:
            raise OptionsError(f"--shard {part}/{parts}: expected I/N with I from 1 to N")
        if self.limit is not None and self.limit < 1:
            raise OptionsError(f"--limit {self.limit}: expected at least one clip")
        if self.tries < 1:
            raise OptionsError(f"--tries {self.tries}: expected at least one attempt")

    @property
    def run_folder(self) -> Path:
        """Folder of the complete run."""
        if self.out is not None:
            return self.out
        names = filter(None, (self.model, self.model_options.get("adapter")))
        return Path("runs") / "+".join(_short(str(name)) for name in names)

    @property
    def settings(self) -> AskSettings:
        """Settings for `ask_all`; the folder is the run folder or, with `shard`, the subfolder for that part."""
        from mma_eval.run.folder import SHARDS
        from mma_eval.run.resume import AskSettings

        part, parts = self.shard
        folder = self.run_folder if parts == 1 else self.run_folder / SHARDS / f"{part}-of-{parts}"
        return AskSettings(folder, self.tries, self.max_cost, self.overwrite)

    def selection(self, available: tuple[str, ...]) -> Selection:
        """Return the selection of questions; `available` lists the conditions of the split, used by default."""
        from mma_eval.run.record import Selection

        return Selection(
            conditions=tuple(dict.fromkeys(self.conditions or available)),
            split=cast(Split, self.split),  # validated on construction
            prompts=tuple(p for p in PROMPTS if p in self.prompts),
            variants=tuple(v for v in VARIANTS if v in self.variants),
            seeds=tuple(dict.fromkeys(self.seeds)),
            limit=self.limit,
            part=self.shard,
        )


def _short(name: str) -> str:
    """Derive a folder name from a model's name.

    >>> _short("Qwen/Qwen2.5-Omni-7B"), _short("openai:org/x"), _short("my.py:Mine"), _short("constant:Bird")
    ('Qwen2.5-Omni-7B', 'x', 'Mine', 'constant-Bird')
    """
    last = Path(name.rstrip("/")).name
    last = last if name.startswith("constant:") else last.rpartition(":")[2].removesuffix(".jsonl")
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in last) or "model"
