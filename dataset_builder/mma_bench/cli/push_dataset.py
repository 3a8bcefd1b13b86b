"""`mma-bench push dataset`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from mma_bench.cli.push_options import CreatePr, DryRun, Private, Revision, Tag, To, push


def push_dataset_command(
    to: To,
    folder: Annotated[Path, typer.Argument(help="Made by `mma-bench build`.")] = Path("mma-bench"),
    with_media: Annotated[
        bool,
        typer.Option("--with-media", help="Send recordings too: says that you hold the rights to redistribute them."),
    ] = False,
    private: Private = False,
    revision: Revision = None,
    tag: Tag = None,
    create_pr: CreatePr = False,
    dry_run: DryRun = False,
) -> None:
    """Publish a built dataset.

    Drawn clips go along. Recordings stay here unless --with-media is given: ids, classes, pairing and questions are
    published, from which others rebuild the same rows with `mma-bench fetch` and `mma-bench build --plan`.

    Run it again after an interruption: it goes on.
    """
    from mma_bench.hub.dataset import dataset_publication
    from mma_bench.hub.target import Target

    target = Target(id=to, private=private, revision=revision, tag=tag, create_pr=create_pr)
    with TemporaryDirectory() as work:
        publication = dataset_publication(folder, target, with_media=with_media, work=Path(work))
        push(publication, target, dry_run=dry_run)
