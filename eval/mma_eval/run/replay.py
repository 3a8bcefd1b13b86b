"""Answers that were made elsewhere, from a file (`predictions:FILE`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.files import file_sha256
from mma_eval.model import Answer, Clip, Model, Question
from mma_eval.run.prediction import Key
from mma_eval.run.store import PredictionsError, numbered_lines


class PredictionsFile(Model):
    """A JSONL with `id`, `prompt` (visual or audio) and `answer`; `variant` is plain and `seed` 0 by default."""

    def __init__(self, file: str) -> None:
        self.path = Path(file)
        self._answers = _read(self.path)

    def answer(self, clip: Clip, questions: Sequence[Question]) -> list[Answer]:
        """What the file says; a question that is not in it is an error."""
        missing = Answer(None, error=f"no answer in {self.path.name}", final=True)
        return [self._answers.get((q.row_id, q.prompt, q.variant, q.seed), missing) for q in questions]

    def describe(self) -> Mapping[str, Any]:
        """The file's name and digest."""
        return {"family": "predictions", "name": self.path.stem, "sha256": file_sha256(self.path)}

    def check_rows(self, rows: frozenset[str]) -> None:
        """See that every answer belongs to a row of the dataset.

        Raises:
            PredictionsError: some do not.
        """
        unknown = sorted({key[0] for key in self._answers} - rows)
        if unknown:
            raise PredictionsError(
                f"{self.path}: {len(unknown)} ids are no rows of the dataset, such as {unknown[0]!r}; a row is called, "
                f"for example, {min(rows)!r}. Are these answers for another dataset or split?"
            )


def _read(path: Path) -> dict[Key, Answer]:
    found: dict[Key, Answer] = {}
    lines: dict[Key, int] = {}
    for number, line in numbered_lines(path):
        absent = [name for name in ("id", "prompt", "answer") if name not in line]
        if absent:
            raise PredictionsError(f"{path}, line {number}: no {', '.join(absent)}; a line has id, prompt and answer")
        if line["prompt"] not in PROMPTS:
            raise PredictionsError(
                f"{path}, line {number}: prompt {line['prompt']!r}; expected {' or '.join(PROMPTS)}, the modality that "
                "was asked about"
            )
        seed = line.get("seed") or 0
        if not isinstance(seed, int):
            raise PredictionsError(f"{path}, line {number}: seed {seed!r}; expected a whole number")
        key = (str(line["id"]), str(line["prompt"]), str(line.get("variant") or "plain"), seed)
        if key in found and found[key].error is None:
            raise PredictionsError(
                f"{path}, line {number}: {key[0]}, {key[1]}, {key[2]}, seed {key[3]} was answered in line {lines[key]} "
                "already; keep one of them"
            )
        text, error = line["answer"], line.get("error")
        if not isinstance(text, str | None):
            raise PredictionsError(f"{path}, line {number}: answer {text!r}; expected a string, or null with an error")
        found[key] = Answer(text, error=None if text is not None else str(error or "no answer"))
        lines[key] = number
    if not found:
        raise PredictionsError(f"{path}: no answers; expected a line with id, prompt and answer for each question")
    return found
