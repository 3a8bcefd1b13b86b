"""attrition.csv: every clip of the source, kept or lost, and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

from mma_bench.builder.files import write_text
from mma_bench.clips import DroppedClip, PreparedClip, SourceClip

COLUMNS = ("clip_id", "status", "reason", "detail", "split", "class", "file", "sha256", "date")


def write_attrition(
    path: Path,
    *,
    kept: Collection[PreparedClip],
    dropped: Sequence[DroppedClip],
    not_selected: Sequence[SourceClip],
    files: dict[str, str],
) -> None:
    """Write the table, sorted by id.

    Args:
        path: the file.
        kept: clips that rows were made from.
        dropped: clips that cannot be used.
        not_selected: clips left out by a limit, by --splits or by the plan.
        files: clip id -> the file it was read from, relative to the source.
    """
    today = date.today().isoformat()
    rows = [
        *((c.clip_id, "kept", "", "", c.split, c.class_name, c.source_sha256) for c in kept),
        *((c.clip_id, "dropped", c.problem, c.detail, c.split or "", c.class_name or "", "") for c in dropped),
        *((c.clip_id, "not_selected", "", "", c.split, c.class_name, "") for c in not_selected),
    ]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows([*row[:6], files.get(row[0], ""), row[6], today] for row in sorted(rows))
    write_text(path, text.getvalue())
