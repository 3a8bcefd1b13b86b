"""attrition.csv: every clip of the source, kept or lost, and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from mma_bench.benchmark.plan import PlannedRow
from mma_bench.core.files import write_text
from mma_bench.sources.clips import DroppedClip, PreparedClip
from mma_bench.sources.listing import Listing

ATTRITION = "attrition.csv"
COLUMNS = ("clip_id", "status", "reason", "detail", "split", "class", "file", "sha256", "date")


def write_attrition(
    path: Path,
    listing: Listing,
    kept: Mapping[str, PreparedClip],
    dropped: Sequence[DroppedClip],
    rows: Sequence[PlannedRow],
) -> None:
    """Write the table, sorted by id.

    Args:
        path: the file.
        listing: what the source offered.
        kept: clips that passed verification.
        dropped: clips that cannot be used.
        rows: what was made of the kept ones; a clip without a row was not selected.
    """
    today = date.today().isoformat()
    split_of = {row.clip_id: row.split for row in rows}
    lost = {d.clip_id for d in dropped if d.problem != "duplicate_id"}
    lines: list[tuple[str, ...]] = [
        (d.clip_id, "dropped", d.problem, d.detail, d.split or "", d.class_name or "", d.file, "") for d in dropped
    ]
    for clip in (c for c in listing.clips if c.clip_id not in lost):
        split, file = split_of.get(clip.clip_id), listing.file_of(clip)
        if split:
            digest = kept[clip.clip_id].source_sha256
            lines.append((clip.clip_id, "kept", "", "", split, clip.class_name, file, digest))
        else:
            lines.append((clip.clip_id, "not_selected", "", "", clip.split, clip.class_name, file, ""))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows([*line, today] for line in sorted(lines))
    write_text(path, text.getvalue())
