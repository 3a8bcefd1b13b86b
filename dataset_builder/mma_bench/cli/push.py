"""`mma-bench push`: the options and the output of all its commands, and `mma-bench push dataset`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from mma_bench.core.signals import INTERRUPTED, exit_code, on_interruption

if TYPE_CHECKING:
    from mma_bench.hub.publication import Publication, Target


@dataclass(frozen=True, kw_only=True)
class PushOptions:
    """The options of every `mma-bench push` command."""

    to: Annotated[str, typer.Option("--to", metavar="ORG/NAME", help="The repository on the Hub.")]
    private: Annotated[bool, typer.Option("--private", help="Create a repository that only its members see.")] = False
    revision: Annotated[str | None, typer.Option(help="The branch to change instead of main, or refs/pr/1.")] = None
    tag: Annotated[str | None, typer.Option(help="A name for this version, such as v1.0; it is never moved.")] = None
    create_pr: Annotated[bool, typer.Option("--create-pr", help="Open a pull request instead of changing main.")] = (
        False
    )
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List files and sizes, show the card, send nothing.")] = (
        False
    )

    @property
    def target(self) -> Target:
        """Return the repository to change.

        Raises:
            OptionsError: a name is invalid, or two options contradict each other.
        """
        from mma_bench.hub.publication import Target

        return Target(id=self.to, private=self.private, revision=self.revision, tag=self.tag, create_pr=self.create_pr)


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def push_group() -> None:
    """Publish on the Hugging Face Hub: a dataset, the metric, an adapter or a Space."""


def push_dataset_command(
    options: PushOptions,
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
        push(dataset_publication(folder, options.target, with_media=with_media, work=Path(work)), options)


def push(publication: Publication, options: PushOptions) -> None:
    """Check a publication, then publish it or, in a dry run, list its files.

    Raises:
        HubError: something must not be published, or the Hub rejects it.
    """
    from mma_bench.hub.publication import require_publishable

    target = options.target
    require_publishable(publication)
    if publication.note:
        typer.echo(publication.note)
    if options.dry_run:
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
    typer.echo(f"\nTo use it{members}:\n\n{_indented(publication.usage)}")


def _leave(signum: int) -> NoReturn:
    """Exit immediately: the Hub's client delays exceptions until all uploads in flight are done."""
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
