"""The commands for the page and for releases: `space`, `space-folder`, `push space` and `release`."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from mma_bench.cli.push import DryRun, push
from mma_bench.hub.publication import Target


def space_command(
    model: Annotated[str, typer.Option(help="The base model: tiny-omni, a folder, a Hub id.")] = "tiny-omni",
    adapter: Annotated[
        str | None, typer.Option(help="The adapter whose answers stand beside the base's; `none` for none.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="A built dataset to offer clips from; else drawn clips.")] = None,
    clips: Annotated[int, typer.Option(help="Clips to offer.", min=3)] = 24,
    runs: Annotated[Path, typer.Option(help="A folder of run folders whose results are shown.")] = Path("runs"),
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 admits others.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.", min=0, max=65535)] = 7860,
    waiting: Annotated[int, typer.Option(help="Visitors who may wait at once; more are turned away.", min=1)] = 24,
) -> None:
    """Open the page where clips are put in conflict and models asked."""
    from mma_space.entry import serve
    from mma_space.settings import Settings, adapter_of

    settings = Settings(model, adapter_of(model, adapter), data, clips, runs, waiting)
    serve(settings, host=host, port=port, tell=lambda address: typer.echo(f"{address} (Ctrl-C ends it)"))


def space_folder_command(
    out: Annotated[Path, typer.Argument(help="The folder to write.")],
    model: Annotated[str, typer.Option(help="The model that answers on a GPU: tiny-omni, or a Hub id.")] = "tiny-omni",
    adapter: Annotated[str | None, typer.Option(help="Hub id of its adapter; tiny-omni has a default.")] = None,
    data: Annotated[str | None, typer.Option(help="Hub id of the dataset to choose clips from.")] = None,
    metric: Annotated[str | None, typer.Option(help="Hub id of the metric, to link to.")] = None,
    hardware: Annotated[str, typer.Option(help="Hardware by its Hub name: zero-a10g, cpu-basic, ...")] = "zero-a10g",
) -> None:
    """Write the folder that is pushed as a Space: `python app.py` in it starts the page."""
    from mma_space.publish.folder import write_space_folder
    from mma_space.settings import Settings, adapter_of

    settings = Settings(model, adapter_of(model, adapter), data, metric=metric)
    written = write_space_folder(out, settings, hardware=hardware)
    size = sum(path.stat().st_size for path in written)
    typer.echo(f"{out}: {len(written)} files, {size / 1e6:.1f} MB")
    typer.echo(f"Publish it: mma-bench push space {out} --to ORG/NAME")


def push_space_command(
    target: Target,
    dry_run: DryRun = False,
    folder: Annotated[
        Path | None,
        typer.Argument(help="The folder that `mma-bench space-folder` wrote; by default one with its defaults."),
    ] = None,
) -> None:
    """Publish the page as a Space. Its hardware is chosen in its settings on the Hub; the card suggests one.

    After an interruption, the same command continues.
    """
    from mma_space.publish.folder import space_publication

    with TemporaryDirectory() as work:
        push(space_publication(folder, target, Path(work)), target, dry_run=dry_run)


def release_command(
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("release"),
    project: Annotated[Path, typer.Option(help="A checkout of mma-bench.")] = Path(),
    data: Annotated[Path, typer.Option(help="A dataset built by this version.")] = Path("mma-bench"),
    adapter: Annotated[
        str, typer.Option(help="A folder that `mma-bench train` wrote, or a shipped name.")
    ] = "tiny-omni-mma",
) -> None:
    """Make the wheel and the four folders of a release, and verify that they agree.

    In the folder, load_dataset("mma-bench", ...) and evaluate.load("mma_accuracy") work as they will on the Hub.
    """
    from mma_space.publish.release import ADAPTER, DATASET, METRIC, SPACE, make_release

    made = make_release(out, project=project, data=data, adapter=adapter)
    record = made.record
    typer.echo(f"{out}: version {record.version}, {len(record.files)} files, dataset {record.dataset_digest[:8]}")
    typer.echo("versions, schema, classes, digests and code agree")
    for remark in made.remarks:
        typer.echo(f"note: {remark}")
    version = f"--tag v{record.version}"
    typer.echo(
        "\nPublish it, with your organisation in ORG's place:\n\n"
        f"    mma-bench push dataset {out / DATASET} --to ORG/mma-bench {version}\n"
        f"    mma-bench push metric {out / METRIC} --to ORG/mma_accuracy {version}\n"
        f"    mma-bench push adapter {out / ADAPTER} --to ORG/mma-adapter {version}\n"
        f"    mma-bench push space {out / SPACE} --to ORG/mma-bench-space {version}"
    )
