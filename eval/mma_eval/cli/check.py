"""Command `mma-bench check`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from mma_bench.cli.printing import plain_table, print_funnel, print_line, progress_bar
from mma_eval.checks.options import CheckOptions
from mma_eval.models.options import LocalOptions, ServerOptions, chosen

if TYPE_CHECKING:
    from mma_eval.checks.check import CheckReport

_COLOURS = {"trusted": "green", "untrusted": "red", "not shown": "yellow"}


def check_command(options: CheckOptions, local: LocalOptions, server: ServerOptions) -> None:
    """Ask a model whether the class of each clip is seen and heard; keep the clips where all four answers are yes.

    The judge is judged too: it is asked the same about classes that the clip does not have. After an interruption, or
    to ask failed questions again, the same command continues.
    """
    from mma_eval.checks.check import check

    options = replace(options, model_options=chosen(options.adapter, local, server))
    with progress_bar("questions") as show:
        report = check(options, watch=lambda progress, made: show("checks", progress.answered, progress.questions))
    _print_report(Console(), report, options.clips)


def _print_report(console: Console, report: CheckReport, clips: Path) -> None:
    """Print the funnel, the drop reasons, the judge's yes rates and trustworthiness, and the next command."""
    from mma_bench.verification.checks_file import CHECKS
    from mma_eval.checks.outcomes import not_asked
    from mma_eval.checks.report import difference_text, dropped_by_reason, findings, headline, partial_note, rate_text

    print_funnel(console, report.funnel)
    left = not_asked(report.checks.clips)
    if left:
        console.print(f"[yellow]{partial_note(report.checks.clips)}[/]", soft_wrap=True)
    if dropped := dropped_by_reason(report.checks.clips):
        lost = plain_table("not kept", counts=["clips"])
        for reason, count in dropped:
            lost.add_row(escape(reason), count)
        console.print(lost)
    rates = plain_table("check", "yes to right classes", "yes to wrong ones", "difference")
    for check in CHECKS:
        found = report.rates[check]
        rates.add_row(check, rate_text(found.right), rate_text(found.wrong), difference_text(found))
    console.print(rates)
    judged = report.judgement
    colour = "yellow" if judged.trust == "trusted" and judged.classes else _COLOURS[judged.trust]
    console.print(f"[{colour}]{headline(judged)}[/]")
    for finding in findings(judged):
        print_line(console, f"- {finding}")
    console.print(
        f"[bold]{escape(str(report.out))}[/] has every clip with its answers"
        f"{f', but for {left:,} not asked about yet' if left else ''}; {escape(str(report.report))} says it at length.",
        soft_wrap=True,
    )
    if any(checked.kept for checked in report.checks.clips):
        print_line(console, f"Next: mma-bench review {report.out} --clips {clips} --annotator NAME")
