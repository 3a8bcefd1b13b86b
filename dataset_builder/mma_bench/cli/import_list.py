"""The command `mma-bench import` and its output."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mma_bench.benchmark.conditions import SPLITS
from mma_bench.core.errors import OptionsError

if TYPE_CHECKING:
    from mma_bench.audioset.published_list.reading import PublishedList

_SHOWN = 10


def import_command(
    published: Annotated[Path, typer.Argument(metavar="LIST.json", help="The list that the authors publish.")],
    out: Annotated[Path, typer.Option(help="The manifest to write.")] = Path("authors.parquet"),
    segments: Annotated[
        list[Path] | None, typer.Option(help="Repeatable: a list of AudioSet, to look up clips without a start.")
    ] = None,
    split: Annotated[str, typer.Option(help=f"Split of clips that name none: {', '.join(SPLITS)}.")] = "test",
) -> None:
    """Turn a list of clips in JSON, such as the authors', into a manifest.

    Print which field was read as what, and which entries could not be read.
    """
    from mma_bench.audioset.published_list.reading import import_list
    from mma_bench.manifest.manifest import write_manifest

    if out.resolve() in {path.resolve() for path in (published, *(segments or ()))}:
        raise OptionsError(f"--out {out}: would overwrite an input file; choose another name")
    found, manifest = import_list(published, segments=segments or (), split=split)
    for line in _report(found):
        typer.echo(line)
    write_manifest(out, manifest)
    typer.echo(f"{out} is complete.")
    typer.echo(f"Next: mma-bench fetch {shlex.quote(str(out))} --out clips")


def _report(found: PublishedList) -> Iterable[str]:
    yield f"{len(found.clips)} clips in {len({clip.class_name for clip in found.clips})} classes"
    for split in SPLITS:
        classes = [clip.class_name for clip in found.clips if clip.split == split]
        if classes:
            yield f"  {split:<12}{len(classes)} clips in {len(set(classes))} classes"
    yield "taken from the list:"
    for meaning, names in found.recognised.items():
        yield f"  {meaning:<14}{names}"
    if found.ignored:
        yield f"  {'not used':<14}{', '.join(found.ignored)}"
    if found.merged:
        yield f"merged with a clip already named: {found.merged}"
    if found.unreadable:
        yield f"could not be read: {len(found.unreadable)}"
    for place in found.unreadable[:_SHOWN]:
        yield f"  {place.where}: {place.why}"
    for reason, count in Counter(place.reason for place in found.unreadable[_SHOWN:]).most_common():
        yield f"  and {count} more: {reason}"
