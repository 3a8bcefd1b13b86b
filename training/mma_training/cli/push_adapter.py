"""`mma-bench push adapter`."""

from __future__ import annotations

from typing import Annotated

import typer

from mma_bench.cli.push_options import CreatePr, DryRun, Private, Revision, Tag, To, push


def push_adapter_command(
    to: To,
    folder: Annotated[str, typer.Argument(help="Made by `mma-bench train`; or tiny-omni-mma, which ships.")],
    private: Private = False,
    revision: Revision = None,
    tag: Tag = None,
    create_pr: CreatePr = False,
    dry_run: DryRun = False,
) -> None:
    """Publish a tuned adapter, with its card and how it was made.

    `mma-bench adapter-card` puts its scores there before. Run it again after an interruption: it goes on.
    """
    from mma_bench.hub.target import Target
    from mma_training.adapter.publication import adapter_publication

    target = Target(id=to, private=private, revision=revision, tag=tag, create_pr=create_pr)
    push(adapter_publication(folder, target), target, dry_run=dry_run)
