"""Commands that read a built dataset: `mma-bench inspect` and `mma-bench export`."""

import shlex
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS
from mma_bench.cli.printing import progress_bar

Out = Annotated[Path, typer.Option(help="The folder to write.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Write into a folder that holds other things.")]
_Data = Annotated[Path, typer.Option(help="The folder that `mma-bench build` wrote.")]


def inspect_command(
    what: Annotated[str, typer.Argument(metavar="ID", help="A clip, a row, or a media file such as clip.mp4.")],
    data: Annotated[Path, typer.Option(help="The dataset that has the clip or row.")] = Path("mma-bench"),
    out: Annotated[Path | None, typer.Option(help="The PNG to write; by default ID.png.")] = None,
) -> None:
    """Draw what a clip shows, sounds like and asks, in each condition, as one picture.

    Write two dashes before an id that begins with one: `mma-bench inspect -- -abc_30000`.
    """
    from mma_bench.dataset.contact_sheet.inspection import inspect

    typer.echo(inspect(what, data=data, out=out))


class FolderMeansMp4(TyperGroup):
    """Command group that treats `export DIR` as `export mp4 --out DIR`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert `mp4 --out` before a first argument that is neither a subcommand nor an option."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["mp4", "--out", *args]
        return super().parse_args(ctx, args)


export_app = typer.Typer(cls=FolderMeansMp4, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@export_app.callback()
def export_group() -> None:
    """Write the rows of a dataset in other formats. `export DIR` is short for `export mp4 --out DIR`."""


def export_mp4_command(
    out: Out,
    data: _Data = Path("mma-bench"),
    conditions: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(CONDITIONS)}.")] = None,
    splits: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(SPLITS)}.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write each row as an mp4 file, and rows.csv.

    After an interruption, the same command continues.
    """
    from mma_bench.dataset.export import TABLE, export_mp4

    with progress_bar("rows") as show:
        written, kept = export_mp4(
            data,
            out,
            conditions=conditions or None,
            splits=splits or None,
            overwrite=overwrite,
            progress=partial(show, "export"),
        )
    typer.echo(f"{_written(out, 'clips', written, kept)}; {TABLE} describes them")


def export_llamafactory_command(
    out: Out,
    data: _Data = Path("mma-bench"),
    splits: Annotated[
        list[str] | None, typer.Option(help="Repeatable: train, validation; by default both where there are both.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the train rows for LLaMA-Factory, aligned and misaligned ones in equal weight, and the paper's recipe.

    After an interruption, the same command continues.
    """
    from mma_bench.dataset.llamafactory.export import RECIPE, export_llamafactory

    with progress_bar("rows") as show:
        report = export_llamafactory(
            data, out, splits=splits or None, overwrite=overwrite, progress=partial(show, "export")
        )
    for split, lines in report.examples.items():
        of_each = ", ".join(f"{count} {condition}" for condition, count in lines.items())
        typer.echo(f"{split}: {sum(lines.values())} examples ({of_each})")
    typer.echo(f"{_written(out, 'media files', report.written, report.kept)}. Train with LLaMA-Factory:")
    typer.echo(f"  cd {shlex.quote(str(out))} && llamafactory-cli train {RECIPE}")


def _written(folder: Path, what: str, new: int, kept: int) -> str:
    there = f", {kept} were there already" if kept else ""
    return f"{folder}: {new} {what} written{there}"
