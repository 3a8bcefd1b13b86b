"""Numbers: what the paper reports, what tiny-omni gave here, and one's own runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from mma_bench.core.errors import MMABenchError
from mma_eval.run.record import RUN, read_run
from mma_eval.scoring.metrics import Metrics
from mma_eval.scoring.results import Result, measured, reported
from mma_eval.scoring.scores import read_metrics


def all_results(runs: Path) -> tuple[list[Result], list[str]]:
    """Every number that is known, and in sentences what could not be read.

    Args:
        runs: a folder of run folders; it need not exist.
    """
    own, problems = _own(runs)
    return [*own, *_shipped(), *reported()], problems


def _shipped() -> Iterator[Result]:
    """What tiny-omni gave, without and with its adapter: metrics.json of two runs, as they were written."""
    stored = json.loads((files("mma_space") / "data" / "measured.json").read_text(encoding="utf-8"))
    for name, metrics in stored["runs"].items():
        metrics = Metrics.from_json(metrics, where=f"measured.json, {name}", made_by="mma-bench eval")
        yield from measured(name, metrics, stored["source"])


def _own(runs: Path) -> tuple[list[Result], list[str]]:
    found: list[Result] = []
    problems: list[str] = []
    for record in sorted(runs.glob(f"*/{RUN}")):
        try:
            run = read_run(record.parent)
            found += measured(run.name, read_metrics(record.parent, run), f"runs/{record.parent.name}")
        except (MMABenchError, OSError, ValueError, KeyError, TypeError):
            problems.append(f"{record.parent.name}: not a run that `mma-bench eval` finished; see `mma-bench score`")
    return found, problems
