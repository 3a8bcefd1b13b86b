"""`mma-bench export`: a group, one subcommand per format."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.cli.progress import progress_bar

Out = Annotated[Path, typer.Option(help="The folder to write.")]
Data = Annotated[Path, typer.Option(help="The dataset.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Write into a folder that holds other things.")]


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
    out: Out,
    data: Data = Path("mma-bench"),
    conditions: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(CONDITIONS)}.")] = None,
    splits: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(SPLITS)}.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write each row as an mp4 file, and rows.csv.

    Run it again after an interruption: it continues.
    """
    from mma_bench.dataset.export import TABLE, export_mp4

    with progress_bar("rows") as show:
        report = export_mp4(
            data,
            out,
            conditions=conditions or None,
            splits=splits or None,
            overwrite=overwrite,
            progress=partial(show, "export"),
        )
    typer.echo(f"{_written(report.folder, 'clips', report.written, report.kept)}; {TABLE} describes them")


@app.command("llamafactory")
def llamafactory_command(
    out: Out,
    data: Data = Path("mma-bench"),
    splits: Annotated[
        list[str] | None, typer.Option(help="Repeatable: train, validation; by default both where there are both.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the train rows for LLaMA-Factory, aligned and misaligned ones in equal weight, and the paper's recipe.

    Run it again after an interruption: it continues.
    """
    from mma_bench.dataset.llamafactory.export import export_llamafactory
    from mma_bench.dataset.llamafactory.recipe import RECIPE

    with progress_bar("rows") as show:
        report = export_llamafactory(
            data, out, splits=splits or None, overwrite=overwrite, progress=partial(show, "export")
        )
    for split, lines in report.examples.items():
        of_each = ", ".join(f"{count} {condition}" for condition, count in lines.items())
        typer.echo(f"{split}: {sum(lines.values())} examples ({of_each})")
    typer.echo(f"{_written(report.folder, 'media files', report.written, report.kept)}. Train with LLaMA-Factory:")
    typer.echo(f"  cd {shlex.quote(str(report.folder))} && llamafactory-cli train {RECIPE}")


@app.command("lmms-eval")
def lmms_eval_command(
    out: Out,
    data: Annotated[
        str, typer.Option(help="A folder made by `mma-bench build`, or a dataset on the Hub.")
    ] = "mma-bench",
    overwrite: Overwrite = False,
) -> None:
    """Write tasks for lmms-eval, one per condition and prompt, so that its models are asked the test rows."""
    from mma_eval.lmms_eval.export import GROUP, export_lmms_eval

    report = export_lmms_eval(data, out, overwrite=overwrite)
    folder = shlex.quote(str(report.folder))
    typer.echo(f"{report.folder}: {len(report.tasks)} tasks about {data}. Run them in lmms-eval's environment:")
    typer.echo(
        f"  lmms-eval --include_path {folder} --tasks {GROUP} --model qwen2_5_omni "
        "--model_args pretrained=Qwen/Qwen2.5-Omni-7B --output_path lmms_logs --log_samples"
    )


def _written(folder: Path, what: str, new: int, kept: int) -> str:
    there = f", {kept} were there already" if kept else ""
    return f"{folder}: {new} {what} written{there}"
