"""Reading a built folder without `datasets`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


def rows_of(
    folder: Path, condition: str, split: str = "test", columns: list[str] | None = None
) -> list[dict[str, Any]]:
    """All rows of one config and split, media as bytes, classes as names."""
    tables = [pq.read_table(p, columns=columns) for p in sorted((folder / condition).glob(f"{split}-*.parquet"))]
    classes = json.loads((folder / "build.json").read_text())["classes"]
    rows = [row for table in tables for row in table.to_pylist()]
    for row in rows:
        for column in ("visual_class", "audio_class", "caption_class"):
            if row.get(column) is not None:
                row[column] = classes[row[column]]
    return rows
