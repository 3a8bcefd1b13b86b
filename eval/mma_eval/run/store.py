"""predictions.jsonl: appended answer by answer, so that a killed run has lost none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from mma_bench.core.errors import MMABenchError
from mma_bench.core.files import storage_error
from mma_eval.run.prediction import Key, Prediction, parse_prediction

PREDICTIONS = "predictions.jsonl"


class PredictionsError(MMABenchError):
    """A file of predictions cannot be used; the message names the line."""


class PredictionLog:
    """Appends to predictions.jsonl; each `append` reaches the operating system before it returns.

    A line that a killed process left unfinished is cut off when the log is opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
            whole = _whole_lines(path)
            with path.open("rb") as file:
                file.seek(whole)
                ended = _is_json(file.read())
            if ended:
                self._file.write(b"\n")
                self._file.flush()
            else:
                self._file.truncate(whole)
        except OSError as error:
            raise storage_error(path, error) from error

    def __enter__(self) -> PredictionLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, predictions: Iterable[Prediction]) -> None:
        """Write predictions down.

        Raises:
            StorageError: the disk is full. What was written before stays whole.
        """
        try:
            self._file.write(_lines(predictions))
            self._file.flush()
        except OSError as error:
            raise storage_error(self._path, error) from error


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write a file of predictions whole."""
    path.write_bytes(_lines(predictions))


def read_predictions(path: Path) -> dict[Key, Prediction]:
    """All predictions of a file by their key. A key may come again after an error: the later answer counts.

    Raises:
        PredictionsError: no such file, a line that is no prediction, or two answers to one question.
    """
    found: dict[Key, Prediction] = {}
    lines: dict[Key, int] = {}
    for number, line in numbered_lines(path):
        try:
            made = parse_prediction(line)
        except (ValueError, TypeError) as error:
            raise PredictionsError(
                f"{path}, line {number}: {error}. Answers without all that: mma-bench eval --model predictions:{path}"
            ) from error
        before = found.get(made.key)
        if before is not None and before.error is None and made.error is None:
            raise PredictionsError(
                f"{path}, line {number}: a second answer of {made.id} to the {made.prompt} question ({made.variant}, "
                f"seed {made.seed}); the first is in line {lines[made.key]}. Keep one of them"
            )
        if before is None or before.error is not None:
            found[made.key], lines[made.key] = made, number
    return found


def numbered_lines(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The JSON objects of a file with their line numbers, from 1; an unfinished last line is left out.

    Raises:
        PredictionsError: no such file, or a line that is no JSON object.
    """
    for number, line in whole_lines(path):
        try:
            yield number, json_object(line)
        except ValueError as error:
            raise PredictionsError(f"{path}, line {number}: {error}; expected one JSON object per line") from error


def whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers, from 1, without empty ones and an unfinished last one.

    Raises:
        PredictionsError: no such file.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and (line.endswith(b"\n") or _is_json(line)):
                    yield number, line
    except OSError as error:
        raise PredictionsError(f"{path}: cannot be read ({error.strerror}); expected a file of predictions") from error


def json_object(text: bytes) -> dict[str, Any]:
    """The JSON object that a text is.

    Raises:
        ValueError: it is none.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(value, dict):
        raise ValueError(f"a JSON {type(value).__name__}")
    return value


def _lines(predictions: Iterable[Prediction]) -> bytes:
    # What a model said may hold half a surrogate pair; JSON's escapes carry it, UTF-8 does not.
    return "".join(_json(p.as_json()) + "\n" for p in predictions).encode()


def _json(line: Mapping[str, object]) -> str:
    text = json.dumps(line, ensure_ascii=False)
    return json.dumps(line) if any("\ud800" <= c <= "\udfff" for c in text) else text


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _whole_lines(path: Path) -> int:
    """Bytes up to the end of the last whole line."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        while end > 0:
            start = max(0, end - 65536)
            file.seek(start)
            at = file.read(end - start).rfind(b"\n")
            if at >= 0:
                return start + at + 1
            end = start
        return 0
