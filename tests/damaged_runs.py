"""Change one thing in a copy of a run folder, as carelessness or cheating would."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mma_eval.scoring.metrics import score_run

Lines = list[dict[str, Any]]


def copied(run: Path, to: Path) -> Path:
    """Copy a run folder."""
    shutil.copytree(run, to)
    return to


def with_field(run: Path, path: str, value: Any) -> None:
    """Set a field of run.json by its dotted path; `...` removes it."""
    file = run / "run.json"
    record = json.loads(file.read_text(encoding="utf-8"))
    *sections, last = path.split(".")
    section = record
    for name in sections:
        section = section.setdefault(name, {})
    if value is ...:
        section.pop(last)
    else:
        section[last] = value
    file.write_text(json.dumps(record), encoding="utf-8")


def with_lines(run: Path, change: Callable[[Lines], Lines], *, score: bool = True) -> None:
    """Change the lines of predictions.jsonl, and by default score them again."""
    file = run / "predictions.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    file.write_text("".join(json.dumps(line) + "\n" for line in change(lines)), encoding="utf-8")
    if score:
        score_run(run)


def changed(number: int, **fields: Any) -> Callable[[Lines], Lines]:
    """Return a change that sets fields of one line."""
    return lambda lines: [line | (fields if k == number else {}) for k, line in enumerate(lines)]
