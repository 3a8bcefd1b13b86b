"""`mma-bench export`: a group, one subcommand per format."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mma_bench.commands.progress import progress_bar
from mma_bench.conditions import CONDITIONS, SPLITS


class FolderMeansMp4(TyperGroup):
    """`export DIR` is short for `export mp4 --out DIR`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default subcommand before a first word that is none."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["mp4", "--out", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=FolderMeansMp4, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def export() -> None:
    """Write the rows of a dataset in other formats. `export DIR` is short for `export mp4 --out DIR`."""


@app.command("mp4")
def mp4_command(
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    data: Annotated[Path, typer.Option(help="The dataset.")] = Path("mma-bench"),
    conditions: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(CONDITIONS)}.")] = None,
    splits: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(SPLITS)}.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write into a folder that holds other things.")
    ] = False,
) -> None:
    """Write each row as an mp4 file, and rows.csv.

    Run it again after an interruption: it continues.
    """
    from mma_bench.export import TABLE, export_mp4

    with progress_bar("rows") as show:
        report = export_mp4(
            data,
            out,
            conditions=conditions or None,
            splits=splits or None,
            overwrite=overwrite,
            progress=partial(show, "export"),
        )
    there = f", {report.kept} were there already" if report.kept else ""
    typer.echo(f"{report.folder}: {report.written} clips written{there}; {TABLE} describes them")


@app.command("llamafactory")
def llamafactory_command(
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    data: Annotated[Path, typer.Option(help="The dataset.")] = Path("mma-bench"),
    splits: Annotated[
        list[str] | None, typer.Option(help="Repeatable: train, validation; by default both where there are both.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write into a folder that holds other things.")
    ] = False,
) -> None:
    """Write the train rows for LLaMA-Factory, aligned and misaligned ones in equal weight, and the paper's recipe.

    Run it again after an interruption: it continues.
    """
    from mma_bench.export_llamafactory import RECIPE, export_llamafactory

    with progress_bar("rows") as show:
        report = export_llamafactory(
            data, out, splits=splits or None, overwrite=overwrite, progress=partial(show, "export")
        )
    for split, lines in report.examples.items():
        of_each = ", ".join(f"{count} {condition}" for condition, count in lines.items())
        typer.echo(f"{split}: {sum(lines.values())} examples ({of_each})")
    there = f", {report.kept} were there already" if report.kept else ""
    typer.echo(f"{report.folder}: {report.written} media files written{there}. Train with LLaMA-Factory:")
    typer.echo(f"  cd {shlex.quote(str(report.folder))} && llamafactory-cli train {RECIPE}")
