"""Read and write predictions.jsonl, which grows clip by clip so that a killed run keeps its answers."""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Self

from mma_bench.core.errors import MMABenchError
from mma_bench.core.files import storage_error
from mma_bench.core.records import Json, parse_json
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key

PREDICTIONS = "predictions.jsonl"


class PredictionsError(MMABenchError):
    """A predictions file is missing or invalid; the message names the line, if any."""


class PredictionLog:
    """Append-only writer of predictions.jsonl; `append` flushes before it returns.

    Opening the log removes an incomplete last line left by a killed process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
            with path.open("rb") as file:
                last = next(iter(deque(file, maxlen=1)), b"\n")
            if not last.endswith(b"\n") and _is_json(last):
                self._file.write(b"\n")
                self._file.flush()
            elif not last.endswith(b"\n"):
                self._file.truncate(self._file.tell() - len(last))
        except OSError as error:
            raise storage_error(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def append(self, predictions: Iterable[Prediction]) -> None:
        """Append predictions and flush them.

        Raises:
            StorageError: writing fails, for example on a full disk. Earlier lines stay intact.
        """
        try:
            self._file.write(_lines(predictions))
            self._file.flush()
        except OSError as error:
            raise storage_error(self._path, error) from error


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write a predictions file."""
    path.write_bytes(_lines(predictions))


def read_predictions(path: Path) -> dict[Key, Prediction]:
    """Read a predictions file and return its predictions by key, reduced by `latest_predictions`.

    Raises:
        PredictionsError: there is no such file, a line is not a prediction, or a question has two answers.
    """
    return latest_predictions(path, prediction_lines(path))


def latest_predictions(path: Path, lines: Iterable[tuple[int, Prediction]]) -> dict[Key, Prediction]:
    """Reduce the lines of a file to one prediction per key; an answer replaces an earlier error.

    Raises:
        PredictionsError: a question has two answers.
    """
    found: dict[Key, Prediction] = {}
    numbers: dict[Key, int] = {}
    for number, made in lines:
        before = found.get(made.key)
        if before is not None and before.error is None and made.error is None:
            raise PredictionsError(
                f"{path}, line {number}: duplicate answer for {made.id}, {made.prompt} question ({made.variant}, "
                f"seed {made.seed}); the first is in line {numbers[made.key]}. Keep one of the two lines"
            )
        if before is None or before.error is not None:
            found[made.key], numbers[made.key] = made, number
    return found


def prediction_lines(path: Path) -> Iterator[tuple[int, Prediction]]:
    """Yield the predictions of a file with their 1-based line numbers, skipping an incomplete last line.

    Raises:
        PredictionsError: there is no such file, or a line is not a prediction.
    """
    for number, line in json_lines(path):
        yield number, as_prediction(line, f"{path}, line {number}", f"{path}")


def as_prediction(line: Mapping[str, Json], where: str, file: str) -> Prediction:
    """Validate a line as a prediction; `where` (file and line) and `file` are for error messages.

    Raises:
        PredictionsError: a required value is missing or has the wrong type.
    """
    try:
        return Prediction.from_json(line, where=where, made_by="mma-bench eval", error=PredictionsError)
    except PredictionsError as error:
        raise PredictionsError(
            f"{error}, or lines with id, condition, prompt, reference, options, and answer or error. To score answers "
            f"that have only id, prompt and answer: mma-bench eval --model predictions:{file}"
        ) from error


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Json]]]:
    """Yield the JSON objects of a file with their 1-based line numbers, skipping an incomplete last line.

    Raises:
        PredictionsError: there is no such file, or a line is not a JSON object.
    """
    for number, line in whole_lines(path):
        try:
            yield number, json_object(line)
        except ValueError as error:
            raise PredictionsError(f"{path}, line {number}: {error}; expected one JSON object per line") from error


def whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the non-empty lines of a file with their 1-based line numbers, skipping a last line that was cut off.

    Raises:
        PredictionsError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and (line.endswith(b"\n") or _is_json(line)):
                    yield number, line
    except OSError as error:
        raise PredictionsError(f"{path}: cannot be read ({error.strerror}); check the path and permissions") from error


def json_object(text: bytes) -> dict[str, Json]:
    """Parse a JSON object; raise a ValueError for anything else."""
    try:
        value = parse_json(text)
    except ValueError as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(value, dict):
        raise ValueError(f"a JSON {type(value).__name__}")
    return value


def _lines(predictions: Iterable[Prediction]) -> bytes:
    lines = []
    for values in (prediction.as_json() for prediction in predictions):
        try:
            lines.append(json.dumps(values, ensure_ascii=False).encode() + b"\n")
        except UnicodeEncodeError:  # an unpaired surrogate in an answer, which only JSON escapes can represent
            lines.append(json.dumps(values).encode() + b"\n")
    return b"".join(lines)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
