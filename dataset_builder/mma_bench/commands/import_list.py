"""`mma-bench import`."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mma_bench.conditions import SPLITS

if TYPE_CHECKING:
    from mma_bench.published_list.document import Unreadable
    from mma_bench.published_list.reading import PublishedList

_SHOWN = 10


def import_command(
    published: Annotated[Path, typer.Argument(metavar="LIST.json", help="The list that the authors publish.")],
    out: Annotated[Path, typer.Option(help="The manifest to write.")] = Path("manifest.parquet"),
    segments: Annotated[
        list[Path] | None, typer.Option(help="Repeatable: AudioSet's lists, for clips without a start.")
    ] = None,
    split: Annotated[str, typer.Option(help=f"Of clips that name none: {', '.join(SPLITS)}.")] = "test",
) -> None:
    """Turn a list of clips in JSON, such as the authors', into a manifest.

    Says which field it took for what, and which entries it could not read.
    """
    from mma_bench import __version__
    from mma_bench.errors import OptionsError
    from mma_bench.files import file_sha256
    from mma_bench.manifest import Manifest, write_manifest
    from mma_bench.published_list.reading import read_published_list

    default = next((s for s in SPLITS if s == split), None)
    if default is None:
        raise OptionsError(f"--split {split}: expected one of {', '.join(SPLITS)}")
    if out.resolve() in {path.resolve() for path in (published, *(segments or ()))}:
        raise OptionsError(f"--out {out}: would replace a list that is read; choose another name")
    found = read_published_list(published, starts=_starts(segments or ()), split=default)
    notes = {
        "published_list": {"file": published.name, "sha256": file_sha256(published)},
        "segments": {path.name: file_sha256(path) for path in segments or ()},
        "recognised": found.recognised,
        "merged": found.merged,
        "unreadable": len(found.unreadable),
        "mma_bench": __version__,
    }
    for line in _report(found):
        typer.echo(line)
    write_manifest(out, Manifest(found.clips, notes))
    typer.echo(f"wrote {out}")
    typer.echo(f"next: mma-bench fetch {shlex.quote(str(out))} --out clips")


def _starts(paths: Iterable[Path]) -> Mapping[str, tuple[float, float]]:
    """Start and end of each recording that has one segment in the lists; of two nobody knows which is meant."""
    from mma_bench.curation.segments import read_segments

    times: dict[str, set[tuple[float, float]]] = {}
    for path in paths:
        for segment in read_segments(path):
            times.setdefault(segment.youtube_id, set()).add((segment.start_seconds, segment.end_seconds))
    return {youtube_id: next(iter(known)) for youtube_id, known in times.items() if len(known) == 1}


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
    yield f"{found.merged} entries named a clip already named and were merged with it"
    yield from _not_read(found.unreadable)


def _not_read(unreadable: Sequence[Unreadable]) -> Iterable[str]:
    if not unreadable:
        return
    yield f"{len(unreadable)} places could not be read:"
    for place in unreadable[:_SHOWN]:
        yield f"  {place.where}: {place.why}"
    for reason, count in Counter(place.reason for place in unreadable[_SHOWN:]).most_common():
        yield f"  and {count} more: {reason}"
