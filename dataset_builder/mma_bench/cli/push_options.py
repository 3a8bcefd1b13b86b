"""What all of `mma-bench push` have in common: their options, and what they print."""

from __future__ import annotations

import os
from functools import partial
from typing import Annotated, NoReturn

import typer

from mma_bench.core.signals import INTERRUPTED, exit_code, on_interruption
from mma_bench.hub.publication import Publication, require_publishable
from mma_bench.hub.target import Target

To = Annotated[str, typer.Option("--to", metavar="ORG/NAME", help="The repository on the Hub.")]
Private = Annotated[bool, typer.Option("--private", help="Create it so that only its members see it.")]
Revision = Annotated[str | None, typer.Option(help="A branch to change in main's place, or refs/pr/1.")]
Tag = Annotated[str | None, typer.Option(help="A name for this version, such as v1.0; it is never moved.")]
CreatePr = Annotated[bool, typer.Option("--create-pr", help="Open a pull request instead of changing main.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="List files and sizes, show the card, send nothing.")]


def push(publication: Publication, target: Target, *, dry_run: bool) -> None:
    """Look everything through, then publish it, or say what would be.

    Raises:
        HubError: something must not be published, or the Hub refuses.
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
    typer.echo(f"\nWho wants it types{members}:\n\n{_indented(publication.usage)}")


def _leave(signum: int) -> NoReturn:
    """End the process at once: the Hub's client lets an exception through only after all uploads in flight."""
    os.write(2, f"{INTERRUPTED}\n".encode())
    os._exit(exit_code(signum))


def _list(publication: Publication, target: Target) -> None:
    typer.echo(f"{'─' * 20} README.md {'─' * 20}\n{publication.card.rstrip()}\n{'─' * 51}\n")
    sizes = publication.sizes
    for path in sorted(sizes):
        typer.echo(f"{sizes[path]:>14,}  {path}")
    typer.echo(f"{sum(sizes.values()):>14,}  bytes in {len(sizes)} files, for the {publication.repo_type} {target.id}")
    typer.echo("nothing was sent and nobody asked whether the token may write there (--dry-run)")


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
