"""Build a small dataset in a test, and read it without `datasets`."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

TINY = {"limit": 24, "size": 64, "seconds": 1.0, "workers": 1}
"""Options of a synthetic build that takes a few seconds."""
TINY_ARGUMENTS = ("--limit", "24", "--size", "64", "--seconds", "1", "--workers", "2")


def rows_of(
    folder: Path, condition: str, split: str = "test", columns: list[str] | None = None
) -> list[dict[str, Any]]:
    """Read all rows of one config and split, media as bytes, classes as names."""
    tables = [pq.read_table(p, columns=columns) for p in sorted((folder / condition).glob(f"{split}-*.parquet"))]
    classes = json.loads((folder / "build.json").read_text())["classes"]
    rows = [row for table in tables for row in table.to_pylist()]
    for row in rows:
        for column in ("visual_class", "audio_class", "caption_class"):
            if row.get(column) is not None:
                row[column] = classes[row[column]]
    return rows


def digests(folder: Path) -> dict[str, str]:
    """Digest every file but the table that carries the day's date."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "attrition.csv"]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


LOAD_AND_PRINT = (
    'from datasets import load_dataset; d = load_dataset("mma-bench", "misaligned", split="test"); '
    'print(d.features); print(d.remove_columns(["video", "audio"])[0])'
)
"""The first lines of a newcomer, run in the folder that holds `mma-bench`."""
