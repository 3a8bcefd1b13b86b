"""`mma-bench push metric`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mma_bench.cli.push_options import CreatePr, DryRun, Private, Revision, Tag, To, push


def push_metric_command(
    to: To,
    folder: Annotated[Path | None, typer.Argument(help="The metric's; by default the one that ships.")] = None,
    private: Private = False,
    revision: Revision = None,
    tag: Tag = None,
    create_pr: CreatePr = False,
    dry_run: DryRun = False,
) -> None:
    """Publish the metric as a Space, from which `evaluate.load` gets it: --to ORG/mma_accuracy.

    Run it again after an interruption: it goes on.
    """
    from mma_bench.hub.target import Target
    from mma_eval.scoring.publication import metric_publication

    target = Target(id=to, private=private, revision=revision, tag=tag, create_pr=create_pr)
    push(metric_publication(folder, target), target, dry_run=dry_run)
