"""The command `mma-bench build` and its output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.builder.options import BuildOptions
from mma_bench.cli.printing import print_funnel, progress_bar

if TYPE_CHECKING:
    from mma_bench.builder.describe import BuildReport
    from mma_bench.builder.estimate import BuildEstimate


def build_command(
    options: BuildOptions,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be built, with sizes; write nothing.")
    ] = False,
) -> None:
    """Build the dataset: from clips to a folder that `load_dataset` reads.

    After an interruption, the same command continues.
    """
    console = Console()
    if dry_run:
        from mma_bench.builder.estimate import estimate

        _print_estimate(console, estimate(options))
        return
    from mma_bench.builder.build import build

    with progress_bar("clips") as show:
        report = build(options, progress=show)
    _print_report(console, report)


def _print_report(console: Console, report: BuildReport) -> None:
    """Print the rows, size and an example per condition, the dropped clips, and how to load the dataset."""
    console.print(_table(report))
    if report.record.funnel:
        print_funnel(console, report.record.funnel)
    if report.record.attrition:
        lost = ", ".join(f"{n} {reason}" for reason, n in report.record.attrition.items())
        console.print(f"[yellow]{sum(report.record.attrition.values())} clips dropped[/] ({lost}): see attrition.csv")
    if silent := sum((report.record.silent_clips or {}).values()):
        console.print(f"[yellow]{silent:,} clips are silent[/]: rows that lend their sound to others show no conflict")
    if unfetched := report.record.funnel and report.record.attrition.get("missing_file"):
        console.print(f"[yellow]{unfetched:,} clips of the manifest were never fetched[/]: `mma-bench fetch` goes on")
    if report.record.rows_lost_from_plan:
        console.print(f"[yellow]{report.record.rows_lost_from_plan} rows of the plan lost[/] with their clips")
    if others := report.record.rows_with_other_media:
        console.print(
            f"[yellow]{others} rows have other pictures or sounds[/] than those that "
            "were published: their clips were downloaded or cut otherwise"
        )
    for condition in report.counts:
        _print_example(console, report, condition)
    state = "was already complete" if report.already_there else "is complete"
    console.print(f"\n[bold]{escape(str(report.folder))}[/] {state}. Load it:", soft_wrap=True)
    console.print(f'  load_dataset("{report.folder}", "{next(iter(report.counts))}")', markup=False, soft_wrap=True)


def _print_estimate(console: Console, expected: BuildEstimate) -> None:
    """Print the rows and bytes per condition that a build would write."""
    table = Table("condition", *SPLITS, "size, about", title="would be built")
    for condition, rows in expected.rows.items():
        megabytes = f"{expected.bytes[condition] / 1e6:,.0f} MB"
        table.add_row(condition, *(str(rows.get(s, "")) for s in SPLITS), megabytes)
    console.print(table)
    console.print(
        f"{expected.clips} clips in {expected.classes} classes; {sum(expected.bytes.values()) / 1e6:,.0f} MB in all, "
        f"estimated from {expected.measured} clips. Nothing was written."
    )
    if expected.dropped:
        console.print(f"[yellow]{expected.dropped} clips[/] cannot be used as listed: build them to see why")


def _table(report: BuildReport) -> Table:
    splits = [s for s in SPLITS if any(s in rows for rows in report.counts.values())]
    table = Table("condition", *(f"{s} rows" for s in splits), "size")
    for condition, rows in report.counts.items():
        size = f"{sum(report.record.bytes[condition].values()) / 1e6:,.1f} MB"
        table.add_row(condition, *(str(rows.get(s, "")) for s in splits), size)
    return table


def _print_example(console: Console, report: BuildReport, condition: str) -> None:
    row = _first_row(report, condition)
    label = report.record.classes
    seen = label[row["visual_class"]] if row["visual_present"] else "nothing, black frames"
    heard = label[row["audio_class"]] if row["audio_present"] else "nothing, silence"
    donor = f" (the sound of {row['donor_id']})" if row["donor_id"] else ""
    console.print(f"\n[bold]{condition}[/]: {CONDITIONS[condition].meaning}")
    for name, value in (
        ("id", row["id"]),
        ("shows", seen),
        ("sounds like", heard + donor),
        ("asks", _shortened(row["visual_question"], len(label))),
        ("and", _shortened(row["audio_question"], len(label))),
    ):
        console.print(f"  [dim]{name:>11}[/]  {escape(value)}", highlight=False, soft_wrap=True)


def _first_row(report: BuildReport, condition: str) -> dict[str, Any]:
    import pyarrow.parquet as pq

    from mma_bench.benchmark.schema import MEDIA_COLUMNS

    folder = report.folder / condition
    path = sorted(folder.glob("test-*.parquet")) or sorted(folder.glob("*.parquet"))
    with pq.ParquetFile(path[0]) as file:
        columns = [c for c in file.schema_arrow.names if c not in MEDIA_COLUMNS]
        row: dict[str, Any] = next(file.iter_batches(batch_size=1, columns=columns)).to_pylist()[0]
    return row


def _shortened(question: str, classes: int) -> str:
    """Abbreviate a question: replace its options with their number, and cut a long context after eight letters."""
    options = re.sub(r"\{[^}]*\}", f"{{... {classes} classes ...}}", question)
    before, instruction, after = options.partition("Answer using a single word or phrase.")
    shown = " ".join(after.split()[:8])
    return f"{before}{instruction}" + (f" {shown} ... ({len(after.split()):,} letters)" if shown else "")
