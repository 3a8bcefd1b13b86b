"""The command `mma-bench fetch` and its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape

from mma_bench.audioset.fetching.options import FetchOptions
from mma_bench.cli.printing import plain_table, print_line, progress_bar

if TYPE_CHECKING:
    from mma_bench.audioset.fetching.fetch import FetchReport

_ADVICE = {
    "bot_check": "lost to a bot check: pass cookies of a browser that is logged in, wait a day, ask more slowly "
    "(`--jobs 1 --pause 10 -- --cookies-from-browser firefox`); the same command tries them again",
    "network": "lost to the network: look at the connection, or pass a proxy (`-- --proxy URL`); the same command "
    "tries them again",
    "other": "lost for reasons that nobody foresaw (see `detail`); update yt-dlp; the same command tries them again",
    "age": "lost to an age check: `--retry age -- --cookies-from-browser firefox` tries them as you",
}
"""Advice about lost clips, by the reason for their loss."""


def fetch_command(options: FetchOptions) -> None:
    """Download the clips of a manifest and cut them out exactly; `attrition.csv` accounts for each.

    The same command continues: it validates and keeps the clips that are there, and tries those again that were lost to
    the network or a bot check.
    """
    from mma_bench.audioset.fetching.fetch import fetch

    with progress_bar("clips") as show:
        report = fetch(options, progress=show)
    _print_report(Console(), report, options.manifest)
    if report.stopped or not report.present:
        raise typer.Exit(1)


def _print_report(console: Console, report: FetchReport, manifest: str) -> None:
    """Print the numbers of fetched and of lost clips by split, with reasons, and the commands to run next."""
    from mma_bench.audioset.fetching.attrition import TABLE
    from mma_bench.audioset.fetching.fetch import STOP_AFTER

    splits = list(dict.fromkeys(clip.split for clip in report.clips))
    table = plain_table("", counts=splits)
    rows = {"wanted": list(report.clips), "in the folder": list(report.present)}
    for reason in report.lost:
        records = ((clip, report.records[clip.clip_id]) for clip in report.clips)
        lost = [clip for clip, record in records if not record.has_file and reason in (record.reason, record.status)]
        rows["not tried" if reason == "not_tried" else f"lost: {reason}"] = lost
    for name, clips in rows.items():
        table.add_row(name.replace("_", " "), *(f"{sum(c.split == split for c in clips):,}" for split in splits))
    console.print(table)
    if report.kept:
        console.print(f"{report.kept:,} were there before.", highlight=False)
    if report.stopped:
        console.print(f"[yellow]Stopped[/] after {STOP_AFTER} losses in a row to the network or bot checks.")
    for reason, count in report.lost.items():
        if reason in _ADVICE:
            print_line(console, f"{count:,} {_ADVICE[reason]}.")
    console.print(f"[bold]{escape(str(report.folder / TABLE))}[/] accounts for every clip.", soft_wrap=True)
    if report.present:
        plan = "" if manifest.endswith(".parquet") else f" --plan {manifest}"
        next_ = f"mma-bench build{plan} --source {manifest} --clips {report.folder}"
        console.print(f"Next: {next_}", markup=False, soft_wrap=True)
        if not plan:
            verify = f"mma-bench check --source {manifest} --clips {report.folder}"
            console.print(f"Or first, to have the clips verified: {verify}", markup=False, soft_wrap=True)
