"""The command `mma-bench push dataset`, and the output that all `mma-bench push` commands share."""

import os
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NoReturn

import typer

from mma_bench.core.signals import INTERRUPTED, Interrupted, on_interruption
from mma_bench.hub.publication import Publication, Target, require_publishable

DryRun = Annotated[bool, typer.Option("--dry-run", help="List files and sizes, show the card, send nothing.")]
"""Option of every `mma-bench push` command, in addition to the fields of `Target`."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def push_group() -> None:
    """Publish on the Hugging Face Hub: a dataset, the metric, an adapter or a Space."""


def push_dataset_command(
    target: Target,
    dry_run: DryRun = False,
    folder: Annotated[Path, typer.Argument(help="The folder that `mma-bench build` wrote.")] = Path("mma-bench"),
    with_media: Annotated[
        bool,
        typer.Option("--with-media", help="Send recordings too: says that you hold the rights to redistribute them."),
    ] = False,
) -> None:
    """Publish a built dataset.

    Drawn clips go along. Recordings stay here unless --with-media is given: ids, classes, pairing and questions are
    published, from which others rebuild the same rows with `mma-bench fetch` and `mma-bench build --plan`.

    After an interruption, the same command continues.
    """
    from mma_bench.hub.dataset import dataset_publication

    with TemporaryDirectory() as work:
        publication = dataset_publication(folder, target, with_media=with_media, work=Path(work))
        push(publication, target, dry_run=dry_run)


def push(publication: Publication, target: Target, *, dry_run: bool) -> None:
    """Check a publication, then publish it or, in a dry run, list its files.

    Raises:
        HubError: the publication contains something that must not be published, or the Hub rejects it.
    """
    require_publishable(publication)
    if publication.note:
        typer.echo(publication.note)
    if dry_run:
        _list(publication, target)
        return
    from mma_bench.hub.upload import upload

    with on_interruption(_leave):
        published = upload(publication, target, say=partial(typer.echo, err=True))
    if published.refused:
        typer.echo(f"the Hub did not take {publication.optional}, the rest is there: {published.refused}")
    if target.create_pr and published.changed:
        typer.echo(f"proposed: {published.url}")
        typer.echo("to change the proposal, push with --revision refs/pr/NUMBER")
        return
    typer.echo(f"{'published' if published.changed else 'there already, unchanged'}: {published.url}")
    typer.echo(f"commit {published.commit[:12]}{f', tag {target.tag}' if target.tag else ''}")
    for path in published.deleted:
        typer.echo(f"deleted there: {path}")
    members = " (with a token of a member: it is private)" if target.private else ""
    usage = "".join(f"    {line}\n" for line in publication.usage.splitlines())
    typer.echo(f"\nTo use it{members}:\n\n{usage}")


def _leave(signum: int) -> NoReturn:
    """Exit at once; an exception would be delayed by the Hub's client until all running uploads are done."""
    os.write(2, f"{INTERRUPTED}\n".encode())
    os._exit(Interrupted(signum).exit_code)


def _list(publication: Publication, target: Target) -> None:
    typer.echo(f"{'─' * 20} README.md {'─' * 20}\n{publication.card.rstrip()}\n{'─' * 51}\n")
    sizes = publication.sizes
    for path in sorted(sizes):
        typer.echo(f"{sizes[path]:>14,}  {path}")
    typer.echo(f"{sum(sizes.values()):>14,}  bytes in {len(sizes)} files, for the {publication.repo_type} {target.id}")
    typer.echo("nothing was sent and nobody asked whether the token may write there (--dry-run)")
