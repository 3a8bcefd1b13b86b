"""Bring files into a form in which two versions' can be compared: texts without dates, durations and places."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

TEXTS = {".json", ".jsonl", ".md", ".csv", ".yaml", ".txt", ".html", ".py", ".jinja", ".svg", ""}
"""Suffixes of files that are compared as text; of others the SHA-256 is."""
VARIABLE = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?", "DATE AND TIME"),
    (r"\d{4}-\d\d-\d\d", "DATE"),
    (r'"(seconds|seconds_per_step|validation_seconds)": ?[\d.e-]+', r'"\1": SECONDS'),
    (r'"train_(runtime|samples_per_second|steps_per_second)": [\d.]+', r'"train_\1": SPEED'),
    (r"\d+\.\d s on ", "SECONDS on "),
    (r"127\.0\.0\.1:\d+", "ADDRESS"),
    (r'"[^"\s]*mma_bench/__main__\.py"', '"PROGRAM"'),
    (r"\bin \d+(\.\d+)? s\b", "in SECONDS"),
)
"""Patterns of what differs from run to run, and what is written in its place."""
LEFT_OUT = (r"<details><summary>Confusion: .*?</details>", r"!\[[^\]]*\]\([^)]*confusion-[^)]*\)")
"""Patterns of the confusion matrices in a report, which may be drawn in another way."""


def comparable(path: Path, work: Path) -> tuple[str, str]:
    """Make a file comparable.

    Args:
        path: the file.
        work: the folder where the commands ran; its name is replaced.

    Returns:
        The ending for the name in the record, and the text to keep.
    """
    content = path.read_bytes()
    if path.suffix not in TEXTS:
        return ".sha256", hashlib.sha256(content).hexdigest() + "\n"
    return "", comparable_text(content.decode("utf-8"), work)


def comparable_text(text: str, work: Path) -> str:
    """Replace what differs from run to run."""
    text = text.replace(str(work), "WORK")
    for pattern in LEFT_OUT:
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    for pattern, instead in VARIABLE:
        text = re.sub(pattern, instead, text)
    return text
