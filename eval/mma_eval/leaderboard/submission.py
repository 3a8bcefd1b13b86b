"""Read submitted run folders; files and lines that cannot be read become faults."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mma_bench.core.differences import shortened
from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Json, parse_json
from mma_eval.run.folder import METRICS, SHARDS
from mma_eval.run.prediction import Prediction
from mma_eval.run.questions import Key
from mma_eval.run.record import RUN
from mma_eval.run.store import PREDICTIONS, PredictionsError, as_prediction, json_object, whole_lines

RUN_MISSING_PARTS = "run the missing parts with `mma-bench eval ... --shard I/N`; the last of them merges all"
_SEARCH_DEPTH = 3


@dataclass(frozen=True)
class Fault:
    """A reason to refuse a run, with its place in the run folder."""

    where: str
    """File, line or field that has the fault."""
    expected: str
    found: str
    remedy: str
    more: int = 0
    """Number of further faults of the same kind."""

    def __str__(self) -> str:
        """Return the fault as one sentence.

        >>> print(Fault("run.json, data.split", "test", "train", "run `mma-bench eval --split test`", more=2))
        run.json, data.split: expected test, found train (and 2 more like it); run `mma-bench eval --split test`
        """
        more = f" (and {self.more:,} more like it)" if self.more else ""
        return printable(f"{self.where}: expected {self.expected}, found {self.found}{more}; {self.remedy}")


@dataclass(frozen=True)
class Fields:
    """An untrusted JSON object of a submission, read field by field."""

    content: Json
    """Any JSON value; if it is not an object, it has no fields."""

    def get(self, path: str) -> Json:
        """Return the value at a dotted path, or None.

        >>> Fields({"model": {"fps": 2.0}}).get("model.fps"), Fields({"model": []}).get("model.fps")
        (2.0, None)
        """
        value = self.content
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def __contains__(self, name: str) -> bool:
        return isinstance(self.content, dict) and name in self.content


@dataclass(frozen=True)
class Submission:
    """The content of a run folder."""

    name: str
    """Unique name among the submissions; never an absolute path."""
    run: Fields
    """Content of run.json; empty if it cannot be read."""
    metrics: Fields
    """Content of metrics.json; empty if it cannot be read."""
    lines: Sequence[tuple[int, Prediction]]
    """Readable lines of predictions.jsonl, with their line numbers."""
    faults: Sequence[Fault]
    """Faults found while reading the files."""

    @property
    def answers(self) -> dict[Key, Prediction]:
        """Final answer to each question: a failed answer is replaced by a later one."""
        found: dict[Key, Prediction] = {}
        for _, made in self.lines:
            if made.key not in found or found[made.key].error is not None:
                found[made.key] = made
        return found


def find_runs(given: Sequence[Path]) -> dict[str, Path]:
    """Return the run folders among the given folders and their subfolders, by unique name.

    Raises:
        OptionsError: no run folder is found.
    """
    found: dict[Path, str] = {}
    for path in given:
        for run in _runs_in(path, _SEARCH_DEPTH):
            name = run.resolve().name if run == path else run.relative_to(path).as_posix()
            found.setdefault(run.resolve(), printable(name))
    if given and not found:
        raise OptionsError(
            f"{', '.join(map(str, given))}: no run folder; expected one with {RUN}, {PREDICTIONS} or {SHARDS}/, as "
            "written by `mma-bench eval`, or a folder of run folders"
        )
    named: dict[str, Path] = {}
    for run, name in found.items():
        same = sum(other.partition(" #")[0] == name for other in named)
        named[f"{name} #{same + 1}" if same else name] = run
    return named


def read_submission(folder: Path, name: str) -> Submission:
    """Read a run folder; each file or line that cannot be read becomes a fault."""
    faults: list[Fault] = []
    run = _read_object(folder / RUN, "run the evaluation with `mma-bench eval`", faults)
    metrics = _read_object(folder / METRICS, f"write it with `mma-bench score {folder.name}`", faults)
    return Submission(name, run, metrics, _read_lines(folder, faults), faults)


def field_faults(run: Fields, *expected: tuple[str, Json, str]) -> Iterator[Fault]:
    """Yield a fault for each field of run.json whose value differs from `expected`, given as (path, value, remedy)."""
    for path, value, remedy in expected:
        if run.get(path) != value:
            yield Fault(f"{RUN}, {path}", shortened(value), shortened(run.get(path)), remedy)


def first_of_each(found: Iterable[tuple[Hashable, Fault]]) -> list[Fault]:
    """Keep the first fault of each kind and count the rest."""
    faults: dict[Hashable, Fault] = {}
    for kind, fault in found:
        first = faults.get(kind)
        faults[kind] = replace(first, more=first.more + 1) if first else fault
    return list(faults.values())


def printable(text: str) -> str:
    """Escape non-printable characters, such as terminal control codes.

    >>> printable("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _runs_in(path: Path, depth: int) -> Iterator[Path]:
    if not path.is_dir():
        return
    if any((path / name).exists() for name in (RUN, PREDICTIONS, SHARDS)):
        yield path
    elif depth:
        for inner in sorted(path.iterdir()):
            yield from _runs_in(inner, depth - 1)


def _read_object(path: Path, remedy: str, faults: list[Fault]) -> Fields:
    try:
        value = parse_json(path.read_bytes())
    except FileNotFoundError:
        faults.append(Fault(path.name, "a file written by `mma-bench eval`", "none", remedy))
    except (OSError, ValueError) as error:
        faults.append(Fault(path.name, "one JSON object", str(error), remedy))
    else:
        if isinstance(value, dict):
            return Fields(value)
        faults.append(Fault(path.name, "one JSON object", shortened(value), remedy))
    return Fields({})


def _read_lines(folder: Path, faults: list[Fault]) -> list[tuple[int, Prediction]]:
    path = folder / PREDICTIONS
    if not path.is_file():
        parts = (folder / SHARDS).is_dir()
        remedy = RUN_MISSING_PARTS if parts else "run `mma-bench eval`"
        faults.append(Fault(PREDICTIONS, "a file of answers", f"only {SHARDS}/" if parts else "none", remedy))
        return []
    found: list[tuple[int, Prediction]] = []
    bad: list[tuple[str, Fault]] = []
    try:
        for number, line in whole_lines(path):
            try:
                found.append((number, as_prediction(json_object(line), "a line", PREDICTIONS)))
            except (ValueError, PredictionsError) as error:
                remedy = "run the same `mma-bench eval` command with --overwrite"
                where = f"{PREDICTIONS}, line {number}"
                bad.append((str(error)[:20], Fault(where, "an answer", str(error), remedy)))
    except PredictionsError as error:
        bad.append(("file", Fault(PREDICTIONS, "a file of answers", str(error), "submit a readable file")))
    faults += first_of_each(bad)
    return found
