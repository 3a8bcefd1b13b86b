"""The options of a build, and the command that reproduces it."""

from __future__ import annotations

import math
import os
import shlex
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from mma_bench import __version__
from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.benchmark.distractors import LongContext
from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Json
from mma_bench.dataset.build_record import LongContextRecord, RecordedOptions
from mma_bench.media.demux import MAX_SECONDS

_MOST = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """The options of `mma-bench build`.

    Raises:
        OptionsError: a value is invalid.
    """

    source: str = "synthetic"
    """`synthetic`, a folder of clips, or a manifest (file, dataset folder, or dataset on the Hub)."""
    clips: Path | None = None
    """The folder of a manifest's clips."""
    out: Path = Path("mma-bench")
    """The folder to write."""
    conditions: tuple[str, ...] = tuple(CONDITIONS)
    splits: tuple[str, ...] = SPLITS
    seed: int = 0
    """Seed of pairing, captions, random text, the validation split and the synthetic clips."""
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    limit: int | None = None
    """Clips per split (validation counts as train); for the synthetic source, the number of clips to draw."""
    size: int | None = None
    """Side in pixels of square training clips, and of synthetic ones; None for the source's default."""
    seconds: float = 10.0
    """Length of training clips, and of synthetic ones, in seconds."""
    train_swaps: int = 10
    """Donors per train clip."""
    long_context: LongContext | None = None
    """None for the source's default."""
    plan: str | None = None
    """A built folder or a dataset on the Hub whose rows are rebuilt from the clips of `source`."""
    strict: bool = False
    """Stop at the first clip that cannot be used."""
    overwrite: bool = False
    """Replace a dataset, or an unfinished build, made with other options."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "out", Path(self.out))
        _known("--conditions", self.conditions, tuple(CONDITIONS))
        _known("--splits", self.splits, SPLITS)
        for name, value, least in (
            ("--workers", self.workers, 1),
            ("--limit", self.limit, 1),
            ("--size", self.size, 16),
            ("--train-swaps", self.train_swaps, 1),
            ("--seconds", self.seconds, 0.5),
            ("--seed", self.seed, 0),
        ):
            if value is not None and not least <= value <= _MOST:
                raise OptionsError(f"{name} {value}: expected at least {least} and at most {_MOST:,}")
        if not math.isfinite(self.seconds) or self.seconds > MAX_SECONDS:
            raise OptionsError(f"--seconds {self.seconds}: expected at most {MAX_SECONDS}")
        if self.long_context is not None and not 1 <= self.long_context.tokens <= _MOST:
            raise OptionsError(f"--long-context {self.long_context.tokens}: expected 1 to {_MOST:,}")
        if self.size is not None and self.size % 2:
            raise OptionsError(f"--size {self.size}: expected an even number; H.264 codes pixels in pairs")

    @property
    def length(self) -> Fraction:
        """`seconds` as the exact fraction of its decimal notation."""
        return Fraction(str(self.seconds))

    def recorded(self, *, plan: str | None, clips_sha256: str | None = None) -> RecordedOptions:
        """Return the options that determine the rows, as recorded in build.json.

        Args:
            plan: digest of the dataset to rebuild; None without a plan.
            clips_sha256: digest of the chosen clips; None to leave it out.
        """
        context = LongContextRecord(**asdict(self.long_context)) if self.long_context else None
        return RecordedOptions(
            mma_bench=__version__,
            source=Path(self.source).name,  # build.json is published: the rest of the path is private
            conditions=self.conditions,
            splits=self.splits,
            seed=self.seed,
            limit=self.limit,
            size=self.size,
            seconds=self.seconds,
            train_swaps=self.train_swaps,
            long_context=context,
            plan=plan,
            **({"clips_sha256": clips_sha256} if clips_sha256 else {}),
        )

    def following(self, plan: RecordedOptions) -> BuildOptions:
        """Adopt the options of a published dataset that determine its rows.

        Raises:
            OptionsError: an option contradicts the plan.
        """
        fixed = ["seed", "size", "seconds", "train_swaps", "long_context"]
        fixed += ["limit"] if self.source == "synthetic" else []  # the number of drawn clips
        if self.limit is not None and "limit" not in fixed:
            raise OptionsError(f"--limit {self.limit}: not allowed with --plan, which fixes the clips; omit it")
        usual, theirs = BuildOptions(), dict[str, Json]()
        for name in fixed:
            value = getattr(plan, name)
            theirs[name] = value.value() if isinstance(value, LongContextRecord) else value
            given = getattr(self, name)
            if given not in (getattr(usual, name), theirs[name]):
                option = f"--{name.replace('_', '-')}"
                raise OptionsError(f"{option} {given}: the plan was built with {theirs[name]}; leave the option out")
        return replace(self, **theirs)


def build_command(options: RecordedOptions, out: str) -> str | None:
    """Return the command that rebuilds a dataset; None if it needs recordings or follows a published plan.

    Args:
        options: the options in its build.json.
        out: the folder to write.
    """
    if options.source != "synthetic" or options.plan:
        return None
    flags = []
    usual = BuildOptions().recorded(plan=None).as_json()
    for name in ("conditions", "splits", "seed", "limit", "size", "seconds", "train_swaps", "long_context"):
        value = options.as_json()[name]
        if value != usual[name]:
            values = value if isinstance(value, list) else [value]
            flags += [f" --{name.replace('_', '-')} {v['tokens'] if isinstance(v, dict) else v}" for v in values]
    return f"mma-bench build --out {shlex.quote(out)}" + "".join(flags)


def _known(option: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    unknown = [g for g in given if g not in known]
    if unknown or not given:
        raise OptionsError(f"{option} {' '.join(unknown) or '(none)'}: expected one or more of {', '.join(known)}")
