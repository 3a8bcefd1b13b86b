"""What `mma-bench review` prints when it begins and when it ends."""

from __future__ import annotations

import shlex

from rich.console import Console

from mma_bench.verification.opening import ReviewOptions, without_file
from mma_bench.verification.review import RunningReview
from mma_bench.verification.session import ReviewSession

_NAMED = 5
"""Clips that are called by name."""


def print_beginning(console: Console, running: RunningReview, options: ReviewOptions) -> None:
    """How far the annotator is, which clips cannot be asked about, and where the page is."""
    session = running.saved.look()
    progress = session.progress
    done = f"{progress.decided:,} of {progress.total:,} clips decided"
    console.print(f"{options.votes}: {done}", markup=False, highlight=False, soft_wrap=True)
    _print_missing(console, session, options)
    console.print(f"{running.address} (Ctrl-C ends it)", markup=False, highlight=False, soft_wrap=True)


def print_end(console: Console, session: ReviewSession, options: ReviewOptions) -> None:
    """What is decided, what is left and what comes next."""
    progress = session.progress
    decided = f"{progress.decided:,} of {progress.total:,} decided"
    counts = f"{decided}, {progress.passed:,} passed and {progress.failed:,} failed"
    console.print(f"\n{options.votes}: {counts}. All of it is saved.", markup=False, highlight=False, soft_wrap=True)
    if progress.left:
        console.print("The same command goes on where this one stopped.", highlight=False)
        return
    _print_missing(console, session, options)
    next_ = shlex.join(("mma-bench", "consensus", str(options.votes), "OTHER.parquet", "--out", "verified.parquet"))
    console.print(f"Next, when the other annotator is done: {next_}", markup=False, soft_wrap=True)


def _print_missing(console: Console, session: ReviewSession, options: ReviewOptions) -> None:
    missing = without_file(session)
    if not missing:
        return
    named = ", ".join(clip.file for clip in missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
    have = "1 clip has" if len(missing) == 1 else f"{len(missing):,} clips have"
    fetch = shlex.join(("mma-bench", "fetch", str(options.checks), "--out", str(options.clips)))
    console.print(
        f"{have} no file that plays in {options.clips}: {named}. Not asked about; `{fetch}` gets what is missing.",
        style="yellow",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
