"""`mma-bench push space`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from mma_bench.cli.push_options import CreatePr, DryRun, Private, Revision, Tag, To, push


def push_space_command(
    to: To,
    folder: Annotated[
        Path | None, typer.Argument(help="Written by `mma-bench space-folder`; by default one with its defaults.")
    ] = None,
    private: Private = False,
    revision: Revision = None,
    tag: Tag = None,
    create_pr: CreatePr = False,
    dry_run: DryRun = False,
) -> None:
    """Publish the page as a Space. Its hardware is chosen in its settings on the Hub; the card suggests one.

    Run it again after an interruption: it goes on.
    """
    from mma_bench.hub.target import Target
    from mma_space.publish.publication import space_publication

    target = Target(id=to, private=private, revision=revision, tag=tag, create_pr=create_pr)
    with TemporaryDirectory() as work:
        push(space_publication(folder, target, Path(work)), target, dry_run=dry_run)
