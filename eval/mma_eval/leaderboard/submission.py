"""A run folder as it was handed in: read as far as it can be read, with what cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mma_bench.core.errors import OptionsError
from mma_eval.leaderboard.fault import Fault, first_of_each, printable
from mma_eval.run.folder import METRICS, SHARDS
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key
from mma_eval.run.record import RUN
from mma_eval.run.store import PREDICTIONS, PredictionsError, as_prediction, json_object, whole_lines

_DEPTH = 3


@dataclass(frozen=True)
class Submission:
    """What a run folder holds."""

    name: str
    """Unique among those handed in; never a path of the machine that the run was made on."""
    record: Mapping[str, Any]
    """run.json; empty where it cannot be read."""
    metrics: Mapping[str, Any]
    """metrics.json; empty where it cannot be read."""
    lines: Sequence[tuple[int, Prediction]]
    """predictions.jsonl, each with the number of its line."""
    faults: Sequence[Fault]
    """What could not be read."""

    @property
    def answers(self) -> dict[Key, Prediction]:
        """What was answered in the end: a failed answer gives way to a later one."""
        found: dict[Key, Prediction] = {}
        for _, made in self.lines:
            if made.key not in found or found[made.key].error is not None:
                found[made.key] = made
        return found

    def field(self, path: str) -> Any:
        """A value of run.json by its dotted path; None where there is none."""
        value: Any = self.record
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return value


def find_runs(given: Sequence[Path]) -> dict[str, Path]:
    """Run folders by name: those given, and those in the folders given.

    Raises:
        OptionsError: there is none.
    """
    found: dict[Path, str] = {}
    for path in given:
        for run in _runs_in(path, _DEPTH):
            name = run.resolve().name if run == path else run.relative_to(path).as_posix()
            found.setdefault(run.resolve(), printable(name))
    if given and not found:
        raise OptionsError(
            f"{', '.join(map(str, given))}: no run folder; expected one with {RUN}, {PREDICTIONS} and {METRICS}, as "
            "`mma-bench eval` writes it, or a folder of such folders"
        )
    named: dict[str, Path] = {}
    for run, name in found.items():
        again = sum(other.partition(" #")[0] == name for other in named)
        named[f"{name} #{again + 1}" if again else name] = run
    return named


def read_submission(folder: Path, name: str) -> Submission:
    """Read a run folder; whatever is wrong with its files becomes a fault."""
    faults: list[Fault] = []
    record = _json_file(folder / RUN, "run the evaluation with `mma-bench eval`", faults)
    metrics = _json_file(folder / METRICS, f"make it with `mma-bench score {folder.name}`", faults)
    lines = _lines(folder, faults)
    return Submission(name, record, metrics, lines, faults)


def _runs_in(path: Path, depth: int) -> Iterator[Path]:
    if not path.is_dir():
        return
    if any((path / name).exists() for name in (RUN, PREDICTIONS, SHARDS)):
        yield path
    elif depth:
        for inner in sorted(path.iterdir()):
            yield from _runs_in(inner, depth - 1)


def _json_file(path: Path, remedy: str, faults: list[Fault]) -> dict[str, Any]:
    if not path.is_file():
        faults.append(Fault(path.name, "a file written by `mma-bench eval`", "none", remedy))
        return {}
    try:
        return json_object(path.read_bytes())
    except (OSError, ValueError) as error:
        faults.append(Fault(path.name, "one JSON object", str(error), remedy))
    return {}


def _lines(folder: Path, faults: list[Fault]) -> list[tuple[int, Prediction]]:
    path = folder / PREDICTIONS
    if not path.is_file():
        parts = (folder / SHARDS).is_dir()
        remedy = "run the shards that are missing; the last one puts them together" if parts else "run `mma-bench eval`"
        faults.append(Fault(PREDICTIONS, "a file of answers", f"only {SHARDS}/" if parts else "none", remedy))
        return []
    found: list[tuple[int, Prediction]] = []
    bad: list[tuple[str, Fault]] = []
    try:
        for number, line in whole_lines(path):
            try:
                found.append((number, as_prediction(json_object(line), "a line", PREDICTIONS)))
            except (ValueError, PredictionsError) as error:
                remedy = "run the same `mma-bench eval` anew with --overwrite"
                fault = Fault(f"{PREDICTIONS}, line {number}", "an answer", str(error), remedy)
                bad.append((str(error)[:20], fault))
    except PredictionsError as error:
        bad.append(("file", Fault(PREDICTIONS, "a file of answers", str(error), "hand in a file that can be read")))
    faults += first_of_each(bad)
    return found
