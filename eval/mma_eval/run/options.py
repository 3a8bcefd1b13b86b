"""Validate the options of an evaluation, and convert them into a selection and settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS, Split
from mma_bench.benchmark.prompts import PROMPTS, VARIANTS
from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Json
from mma_eval.run.folder import SHARDS
from mma_eval.run.record import Selection
from mma_eval.run.resume import AskSettings


@dataclass(frozen=True, kw_only=True)
class EvalOptions:
    """Options of `mma-bench eval`.

    Raises:
        OptionsError: a value is invalid.
    """

    model: str = "tiny-omni"
    model_options: Mapping[str, Json] = field(default_factory=dict)
    """Options of the model's class, such as `adapter` and `fps`."""
    data: str = "mma-bench"
    """A built folder, or a dataset on the Hub."""
    conditions: tuple[str, ...] | None = None
    """None selects all conditions of the split."""
    split: str = "test"
    prompts: tuple[str, ...] = PROMPTS
    variants: tuple[str, ...] = ("plain",)
    seeds: tuple[int, ...] = (0,)
    limit: int | None = None
    """Number of clips, spread evenly over the classes; None selects all."""
    shard: tuple[int, int] = (1, 1)
    """Part i of n, from 1; the part that finishes last merges all."""
    out: Path | None = None
    """The run folder; by default runs/<model>[+<adapter>]."""
    tries: int = 2
    """Attempts per question if the model raises an exception."""
    max_cost: float | None = None
    """Budget in US dollars; once it is spent, no further clip is asked about."""
    overwrite: bool = False
    """Delete existing answers and start over."""

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
            raise OptionsError(f"--tries {self.tries}: expected at least one")

    @property
    def run_folder(self) -> Path:
        """Folder of the complete run."""
        if self.out is not None:
            return self.out
        adapter = self.model_options.get("adapter")
        names = [self.model, *([str(adapter)] if adapter else [])]
        return Path("runs") / "+".join(_short(name) for name in names)

    @property
    def settings(self) -> AskSettings:
        """Settings for asking; their folder is the run folder, or that of this process's part."""
        part, parts = self.shard
        folder = self.run_folder if parts == 1 else self.run_folder / SHARDS / f"{part}-of-{parts}"
        return AskSettings(folder, self.tries, self.max_cost, self.overwrite)

    def selection(self, available: tuple[str, ...]) -> Selection:
        """Return the selection of questions; `available` lists the conditions of the split, used by default."""
        return Selection(
            conditions=self.conditions or available,
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
