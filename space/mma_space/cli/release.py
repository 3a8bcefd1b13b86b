"""`mma-bench release`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def release_command(
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("release"),
    project: Annotated[Path, typer.Option(help="A checkout of mma-bench.")] = Path(),
    data: Annotated[Path, typer.Option(help="A dataset that this version built.")] = Path("mma-bench"),
    adapter: Annotated[str, typer.Option(help="Made by `mma-bench train`, or one that ships.")] = "tiny-omni-mma",
) -> None:
    """Make the wheel and the four folders of a version, and check that they agree.

    In the folder, load_dataset("mma-bench", ...) and evaluate.load("mma_accuracy") work as they will on the Hub.
    """
    from mma_space.publish.release.making import ADAPTER, DATASET, METRIC, SPACE, make_release

    made = make_release(out, project=project, data=data, adapter=adapter)
    record = made.record
    typer.echo(
        f"{out}: version {record['version']}, {len(record['files'])} files, dataset {record['dataset_digest'][:8]}"
    )
    typer.echo("versions, schema, classes, digests and code agree")
    for remark in made.remarks:
        typer.echo(f"note: {remark}")
    version = f"--tag v{record['version']}"
    typer.echo(
        "\nPublish it, with your organisation in ORG's place:\n\n"
        f"    mma-bench push dataset {out / DATASET} --to ORG/mma-bench {version}\n"
        f"    mma-bench push metric {out / METRIC} --to ORG/mma_accuracy {version}\n"
        f"    mma-bench push adapter {out / ADAPTER} --to ORG/mma-adapter {version}\n"
        f"    mma-bench push space {out / SPACE} --to ORG/mma-bench-space {version}"
    )
