"""The options of a build, and the command that reproduces a dataset."""

from __future__ import annotations

import os
import shlex
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mma_bench import __version__
from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.prompts import LongContext
from mma_bench.benchmark.splits import VALIDATION_SHARE
from mma_bench.core.errors import OptionsError
from mma_bench.media import MAX_SECONDS, MEDIA_CODE

if TYPE_CHECKING:
    from mma_bench.core.records import Json
    from mma_bench.dataset.build_record import RecordedOptions

_MOST = 2**31 - 1
_RECORDED = ("conditions", "splits", "seed", "limit", "size", "seconds", "train_swaps")


def _letters(count: str) -> LongContext:
    try:
        return LongContext(tokens=int(count))
    except ValueError as error:
        raise typer.BadParameter(f"expected a number of letters such as 1000, found {count!r}") from error


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """The options of `mma-bench build`.

    Raises:
        OptionsError: a value is invalid.
    """

    source: Annotated[
        str,
        typer.Option(help="`synthetic`, a folder (by class, or with clips.csv), or a manifest: a file or a dataset."),
    ] = "synthetic"
    clips: Annotated[Path | None, typer.Option(help="The folder that holds a manifest's clips.")] = None
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("mma-bench")
    conditions: Annotated[tuple[str, ...], typer.Option(help=f"Repeatable: {', '.join(CONDITIONS)}.")] = tuple(
        CONDITIONS
    )
    splits: Annotated[tuple[str, ...], typer.Option(help=f"Repeatable: {', '.join(SPLITS)}.")] = SPLITS
    seed: Annotated[int, typer.Option(help="Seed of pairing, captions, random text and synthetic clips.")] = 0
    """Seed of every random choice, including the validation split."""
    workers: Annotated[int, typer.Option(help="Processes; by default one per core.")] = field(
        default_factory=lambda: os.cpu_count() or 1
    )
    limit: Annotated[int | None, typer.Option(help="Clips per split; for `synthetic`, clips to draw.")] = None
    """Maximum number of clips per split; validation clips drawn from train count as train clips."""
    size: Annotated[
        int | None, typer.Option(help="Side in pixels of training clips (by default 504) and synthetic ones (224).")
    ] = None
    seconds: Annotated[float, typer.Option(help="Length in seconds of training and synthetic clips.")] = 10.0
    train_swaps: Annotated[int, typer.Option(help="Donors per train clip, each of another class.")] = 10
    validation: Annotated[
        float, typer.Option(help="Share of the train clips to hold out, unless the source names some; 0 for none.")
    ] = VALIDATION_SHARE
    long_context: Annotated[
        LongContext | None,
        typer.Option(
            help="Random letters; by default 10000, for `synthetic` 1000.",
            parser=_letters,
            metavar="<int>",
        ),
    ] = None
    plan: Annotated[str | None, typer.Option(help="Rebuild the rows of this folder or `org/name`.")] = None
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first clip that cannot be used.")] = False
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a dataset that was built with other options.")
    ] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "out", Path(self.out))
        for name, known in (("conditions", tuple(CONDITIONS)), ("splits", SPLITS)):
            given = tuple(dict.fromkeys(getattr(self, name)))
            object.__setattr__(self, name, given)
            unknown = [g for g in given if g not in known]
            if unknown or not given:
                found = " ".join(unknown) or "(none)"
                raise OptionsError(f"--{name} {found}: expected one or more of {', '.join(known)}")
        for name, value, least, most in (
            ("--workers", self.workers, 1, _MOST),
            ("--limit", self.limit, 1, _MOST),
            ("--size", self.size, 16, _MOST),
            ("--train-swaps", self.train_swaps, 1, _MOST),
            ("--seconds", self.seconds, 0.5, MAX_SECONDS),
            ("--seed", self.seed, 0, _MOST),
            ("--validation", self.validation, 0, 0.5),
        ):
            if value is not None and not least <= value <= most:
                raise OptionsError(f"{name} {value}: expected at least {least} and at most {most:,}")
        if self.long_context is not None and not 1 <= self.long_context.tokens <= _MOST:
            raise OptionsError(f"--long-context {self.long_context.tokens}: expected 1 to {_MOST:,} letters")
        if self.size is not None and self.size % 2:
            raise OptionsError(f"--size {self.size}: expected an even number of pixels, as H.264 requires")

    def recorded(self, *, plan: str | None, clips_sha256: str | None = None) -> RecordedOptions:
        """Return the options that determine the rows, with the digests of the plan and of the chosen clips, if any."""
        from mma_bench.dataset.build_record import LongContextRecord, RecordedOptions

        values: dict[str, Json] = {name: getattr(self, name) for name in _RECORDED}
        values["long_context"] = self.long_context and LongContextRecord(**asdict(self.long_context))
        values |= {"plan": plan, "clips_sha256": clips_sha256} if clips_sha256 else {"plan": plan}
        values |= {"validation": self.validation} if self.validation != VALIDATION_SHARE else {}
        # build.json is published: all but the last part of the path is private.
        return RecordedOptions(mma_bench=__version__, media_code=MEDIA_CODE, source=Path(self.source).name, **values)

    def following(self, plan: RecordedOptions) -> BuildOptions:
        """Return a copy in which the options that determine the rows are those of a published dataset.

        Raises:
            OptionsError: an option contradicts the plan.
        """
        fixed = ["seed", "size", "seconds", "train_swaps", "long_context", "validation"]
        fixed += ["limit"] if self.source == "synthetic" else []  # the number of drawn clips
        if self.limit is not None and "limit" not in fixed:
            raise OptionsError(f"--limit {self.limit}: not allowed with --plan, which fixes the clips; omit --limit")
        usual = BuildOptions()
        theirs: dict[str, Json] = {name: getattr(plan, name) for name in fixed}
        theirs["long_context"] = plan.long_context and plan.long_context.value()
        theirs["validation"] = VALIDATION_SHARE if plan.validation is None else plan.validation
        for name in fixed:
            given = getattr(self, name)
            if given not in (getattr(usual, name), theirs[name]):
                option = f"--{name.replace('_', '-')}"
                own, planned = (getattr(value, "tokens", value) for value in (given, theirs[name]))
                planned = "the default" if planned is None else planned
                raise OptionsError(f"{option} {own}: the plan was built with {planned}; omit the option")
        return replace(self, **theirs)


def build_command(options: RecordedOptions, out: str) -> str | None:
    """Return the command that rebuilds a dataset in `out`; None if it has recordings or follows a published plan."""
    if options.source != "synthetic" or options.plan:
        return None
    flags = []
    usual = BuildOptions().recorded(plan=None).as_json()
    for name in (*_RECORDED, "validation", "long_context"):
        value = options.as_json().get(name)
        if value != usual.get(name):
            values = value if isinstance(value, list) else [value]
            flags += [f" --{name.replace('_', '-')} {v['tokens'] if isinstance(v, dict) else v}" for v in values]
    return f"mma-bench build --out {shlex.quote(out)}" + "".join(flags)
