"""What `mma-bench check` prints when it is done."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mma_bench.cli.curation_report import print_funnel
from mma_bench.verification.checks_file import CHECKS
from mma_eval.checks.check import CheckReport
from mma_eval.checks.outcomes import not_asked
from mma_eval.checks.report import difference_text, headline, part, rate_text, reasons, sentences

_COLOURS = {"trusted": "green", "untrusted": "red", "not shown": "yellow"}


def print_checks(console: Console, report: CheckReport, clips: Path) -> None:
    """The funnel, why clips went, how often the judge said yes, what that says of it, and what comes next."""
    print_funnel(console, report.funnel)
    left = not_asked(report.checks.clips)
    if left:
        console.print(f"[yellow]{part(report.checks.clips)}[/]", soft_wrap=True)
    if found_lost := reasons(report.checks.clips):
        lost = Table("not kept", box=box.SIMPLE_HEAD, pad_edge=False)
        lost.add_column("clips", justify="right")
        for reason, count in found_lost:
            lost.add_row(escape(reason), count)
        console.print(lost)
    rates = Table(
        "check", "yes to right classes", "yes to wrong ones", "difference", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for check in CHECKS:
        found = report.rates[check]
        rates.add_row(check, rate_text(found.right), rate_text(found.wrong), difference_text(found))
    console.print(rates)
    judged = report.judgement
    colour = "yellow" if judged.trust == "trusted" and judged.classes else _COLOURS[judged.trust]
    console.print(f"[{colour}]{headline(judged)}[/]")
    for reason in sentences(judged):
        console.print(f"- {reason}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"[bold]{escape(str(report.out))}[/] has every clip with its answers"
        f"{f', but for {left:,} not asked about yet' if left else ''}; {escape(str(report.report))} says it at length.",
        soft_wrap=True,
    )
    if any(checked.kept for checked in report.checks.clips):
        console.print(
            f"Next: mma-bench review {report.out} --clips {clips} --annotator NAME", markup=False, soft_wrap=True
        )
