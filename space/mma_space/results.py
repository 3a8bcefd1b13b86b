"""Numbers: what the paper reports, what tiny-omni gave here, and one's own runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from mma_accuracy.outcomes import ABSENT
from mma_bench.errors import MMABenchError
from mma_cards.reported import reported_results
from mma_eval.provenance import RUN, read_run
from mma_eval.scoring import read_metrics

_RECORDINGS = "recordings from AudioSet, as reported"


@dataclass(frozen=True)
class Result:
    """A model's accuracy in one cell."""

    model: str
    condition: str
    """With what was special about it, as in "frames_zeroed+abstain"."""
    prompt: str
    percent: float
    interval: tuple[float, float] | None
    """95 %, in percent; the paper gives none."""
    source: str
    clips: str
    """What it was measured on; results on different clips are never ranked together."""
    note: str
    outcomes: Mapping[str, float]
    """Rate of each outcome, 0 to 1; the paper gives none."""


def all_results(runs: Path) -> tuple[list[Result], list[str]]:
    """Every number that is known, and in sentences what could not be read.

    Args:
        runs: a folder of run folders; it need not exist.
    """
    own, problems = _own(runs)
    return [*own, *_measured(), *_reported()], problems


def chosen(results: Sequence[Result], condition: str | None, prompt: str | None) -> list[Result]:
    """The results of a condition and a question, best first among those on the same clips; None means all."""
    found = [r for r in results if condition in (None, r.condition) and prompt in (None, r.prompt)]
    clips = list(dict.fromkeys(r.clips for r in found))
    return sorted(found, key=lambda r: (clips.index(r.clips), -r.percent)) if condition and prompt else found


def conditions_of(results: Sequence[Result]) -> list[str]:
    """All conditions that there are numbers for, in the order in which they come."""
    return list(dict.fromkeys(r.condition for r in results))


def footnotes(results: Sequence[Result]) -> list[str]:
    """What contradicts some numbers, each once; tables refer to them by number."""
    return list(dict.fromkeys(r.note for r in results if r.note))


def _reported() -> Iterator[Result]:
    for r in reported_results():
        clips = _RECORDINGS if r.prompt else "AVHBench, another benchmark, as reported"
        note = "; ".join(filter(None, (r.note, _absent(r.condition, r.prompt))))
        yield Result(r.model, r.condition, r.prompt or "other", r.percent, None, r.source, clips, note, {})


def _measured() -> Iterator[Result]:
    """What tiny-omni gave, without and with its adapter: metrics.json of two runs, as they were written."""
    stored = json.loads((files("mma_space") / "data" / "measured.json").read_text(encoding="utf-8"))
    for name, metrics in stored["runs"].items():
        yield from _cells(name, metrics, stored["source"])


def _own(runs: Path) -> tuple[list[Result], list[str]]:
    found: list[Result] = []
    problems: list[str] = []
    for record in sorted(runs.glob(f"*/{RUN}")):
        try:
            name = str(read_run(record.parent)["name"])
            found += _cells(name, read_metrics(record.parent), f"runs/{record.parent.name}")
        except (MMABenchError, OSError, ValueError, KeyError, TypeError):
            problems.append(f"{record.parent.name}: not a run that `mma-bench eval` finished; see `mma-bench score`")
    return found, problems


def _cells(model: str, metrics: Mapping[str, Any], source: str) -> Iterator[Result]:
    partial = "only a part of the dataset was asked" if metrics["partial"] else ""
    kind = "drawn clips" if metrics["source"] == "synthetic" else "clips"
    clips = f"{kind} (dataset {metrics['dataset_digest'][:8]})"
    for cell in metrics["cells"]:
        variant = "" if cell["variant"] == "plain" else f"+{cell['variant']}"
        yield Result(
            model=model,
            condition=f"{cell['condition']}{variant}",
            prompt=cell["prompt"],
            percent=100 * cell["accuracy"],
            interval=(100 * cell["ci_low"], 100 * cell["ci_high"]),
            source=source,
            clips=clips,
            note="; ".join(filter(None, (partial, _absent(cell["condition"], cell["prompt"])))),
            outcomes=cell["outcomes"],
        )


def _absent(condition: str, prompt: str) -> str:
    if (condition, prompt) not in ABSENT:
        return ""
    return "there is nothing to see or hear: how often the class that was removed was named, which is not right"
