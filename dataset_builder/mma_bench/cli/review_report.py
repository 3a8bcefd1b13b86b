"""Output of `mma-bench review` and `mma-bench consensus`."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mma_bench.builder.options import BuildOptions
from mma_bench.cli.printing import plain_table, print_funnel, print_line
from mma_bench.verification.agreement import FEW, Agreement
from mma_bench.verification.consensus import OUTCOMES, Consensus, ReviewedClip
from mma_bench.verification.criteria import CRITERIA
from mma_bench.verification.options import ReviewOptions
from mma_bench.verification.session import ReviewSession
from mma_bench.verification.votes import Vote

_NAMED = 5
"""Number of missing clips to list by name."""
_SHOWN = 10
"""Number of split votes to show."""


def print_beginning(console: Console, session: ReviewSession, url: str, options: ReviewOptions) -> None:
    """Print how many clips are decided, which clips have no playable file, and the URL of the page."""
    progress = session.progress
    done = f"{progress.decided:,} of {progress.total:,} clips decided"
    print_line(console, f"{options.votes}: {done}")
    _print_missing(console, session, options)
    print_line(console, f"{url} (Ctrl-C ends it)")


def print_end(console: Console, session: ReviewSession, options: ReviewOptions) -> None:
    """Print how many clips are decided and what to run next."""
    progress = session.progress
    decided = f"{progress.decided:,} of {progress.total:,} decided"
    counts = f"{decided}, {progress.passed:,} passed and {progress.failed:,} failed"
    print_line(console, f"\n{options.votes}: {counts}. All of it is saved.")
    if progress.left:
        console.print("The same command goes on where this one stopped.", highlight=False)
        return
    _print_missing(console, session, options)
    next_ = shlex.join(("mma-bench", "consensus", str(options.votes), "OTHER.parquet", "--out", "verified.parquet"))
    print_line(console, f"Next, when the other annotator is done: {next_}")


def _print_missing(console: Console, session: ReviewSession, options: ReviewOptions) -> None:
    missing = session.unplayable
    if not missing:
        return
    named = ", ".join(clip.file for clip in missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
    have = "1 clip has" if len(missing) == 1 else f"{len(missing):,} clips have"
    fetch = shlex.join(("mma-bench", "fetch", str(options.checks), "--out", str(options.clips)))
    print_line(
        console,
        f"{have} no file that plays in {options.clips}: {named}. Not asked about; `{fetch}` gets what is missing.",
        style="yellow",
    )


def print_consensus(console: Console, consensus: Consensus, written: Sequence[Path]) -> None:
    """Print the outcomes, the agreement, the split votes, the funnel and the written files."""
    console.print(_outcomes_table(consensus))
    left = "as the checks left them" if consensus.manifest.notes.checks is not None else "unchecked"
    for split, clips in consensus.note.not_reviewed.items():
        console.print(f"{split} was not under review: its {clips:,} clips pass {left}.")
    console.print(_agreement_table(consensus))
    console.print(
        "kappa: Cohen's, with a 95 % bootstrap interval over clips. Where nearly all clips get the same vote it is low "
        f"however rarely the two differ: read it beside the share voted alike. *: fewer than {FEW} clips.",
        style="dim",
        highlight=False,
    )
    if timed := [f"{name} {took:.1f}" for name, took in consensus.median_seconds.items() if took is not None]:
        console.print(f"Median seconds per decision: {', '.join(timed)}.", markup=False, highlight=False)
    _print_split_votes(console, consensus, written[1])
    print_funnel(console, consensus.funnel)
    manifest, table = (escape(str(path)) for path in written)
    console.print(f"\n[bold]{manifest}[/] is complete; beside it {table}.", soft_wrap=True)
    if consensus.manifest.clips:
        build = shlex.join(("mma-bench", "build", "--source", str(written[0]), "--clips"))
        print_line(console, f"Next: {build} FOLDER{_for_few_classes(consensus)}")
    else:
        console.print("[yellow]No clip is left[/]; a build needs some.")


def _for_few_classes(consensus: Consensus) -> str:
    """Return the options that a build needs if train has too few classes for the default donors; empty otherwise."""
    classes = {clip.class_name for clip in consensus.manifest.clips if clip.split == "train"}
    if not classes or len(classes) > BuildOptions.train_swaps:
        return ""
    return f" --train-swaps {len(classes) - 1}" if len(classes) > 1 else " --splits test"


def _outcomes_table(consensus: Consensus) -> Table:
    title = f"Votes of {' and '.join(map(escape, consensus.annotators))}"
    table = plain_table("clips under review", counts=consensus.note.splits, title=title)
    for outcome, meaning in OUTCOMES.items():
        clips = [counts[outcome] for counts in consensus.note.outcomes.values()]
        if outcome != "undecided" or any(clips):
            table.add_row(meaning, *(f"{count:,}" for count in clips))
    return table


def _agreement_table(consensus: Consensus) -> Table:
    table = plain_table("agreement on", "clips", "alike", "kappa", title="How far they agree")
    _add(table, "pass or fail", consensus.note.agreement)
    for name, found in consensus.note.criteria.items():
        _add(table, CRITERIA[name].title.lower(), found)
    table.add_section()
    for name, found in consensus.note.classes.items():
        _add(table, name, found)
    return table


def _add(table: Table, name: str, found: Agreement) -> None:
    alike = "" if found.raw is None else f"{100 * found.raw:.0f} %"
    table.add_row(name, f"{found.clips:,}", alike, found.text + (" *" if found.few and found.kappa is not None else ""))


def _print_split_votes(console: Console, consensus: Consensus, file: Path) -> None:
    split = consensus.split_votes
    if not split:
        console.print("\nNo split votes.")
        return
    votes = "1 split vote" if len(split) == 1 else f"{len(split):,} split votes"
    console.print(f"\n{votes}; both words on each are in {escape(str(file))}:", soft_wrap=True)
    for reviewed in split[:_SHOWN]:
        console.print(f"  {escape(_differing(reviewed, consensus.annotators))}", highlight=False, soft_wrap=True)
    if len(split) > _SHOWN:
        console.print(f"  and {len(split) - _SHOWN:,} more")


def _differing(reviewed: ReviewedClip, annotators: Sequence[str]) -> str:
    votes = zip(annotators, (reviewed.first, reviewed.second), strict=True)
    said = "; ".join(f"{name}: {_said(vote)}" for name, vote in votes)
    return f"{reviewed.clip.clip_id} ({reviewed.clip.class_name})  {said}"


def _said(vote: Vote) -> str:
    fails = [CRITERIA[name].broken.lower() for name, holds in vote.criteria.items() if holds is False]
    why = ", ".join([*fails, *([f'"{" ".join(vote.note.split())}"'] if vote.note.strip() else [])])
    return f"{vote.verdict} ({why})" if why else f"{vote.verdict}"
