"""Run an evaluation: plan the questions, ask a model, record its answers and score them."""

import json
from dataclasses import dataclass
from pathlib import Path

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.core.errors import OptionsError
from mma_bench.core.workfolder import sole_writer
from mma_bench.dataset.reading import BuiltDataset, resolve_dataset
from mma_bench.dataset.shards import stored_rows
from mma_eval.model import Model
from mma_eval.resolve import require_model, resolve_model
from mma_eval.run.folder import merge_parts
from mma_eval.run.options import EvalOptions
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.provenance import describe_run
from mma_eval.run.record import RunRecord
from mma_eval.run.resume import Recorder, Watch, ask_all
from mma_eval.run.store import PREDICTIONS
from mma_eval.scoring.metrics import Metrics, score_run


@dataclass(frozen=True)
class RunReport:
    """Result of an evaluation: its folder, run.json, metrics.json, and the number of questions without an answer."""

    folder: Path
    run: RunRecord
    metrics: Metrics | None
    """Scores of the complete run; None while other parts of the run are missing."""
    errors: int


def evaluate(
    options: EvalOptions, *, model: Model | None = None, watch: Watch | None = None, recorder: Recorder | None = None
) -> RunReport:
    """Run a model on a dataset, or continue an earlier run with the same options.

    `model` replaces the model named by `options.model`; `recorder` stores additional data about the answers.

    Raises:
        MMABenchError: the dataset or the model is unavailable, the folder contains a different run, too many
            consecutive clips fail, or the budget is spent. Answers so far are kept.
    """
    data = resolve_dataset(options.data, options.conditions, options.split)
    plan = plan_evaluation(data, options.selection(_conditions(data, options.split)))
    model = require_model(model or resolve_model(options.model, options.model_options), options.model)
    model.check_dataset(data.classes, lambda: _row_ids(data, options.split))
    settings = options.settings
    with sole_writer(settings.folder / PREDICTIONS):
        run = describe_run(model, options.run_folder.name, plan)
        if recorder:
            run = run.with_(recorded=json.loads(json.dumps(dict(recorder.describe()))))
        run, errors = ask_all(model, plan, run, settings, watch, recorder)
    if run.selection.part[1] > 1:
        merged = merge_parts(options.run_folder)
        if merged is None:
            return RunReport(settings.folder, run, None, errors)
        run = merged
    metrics = score_run(options.run_folder, run)
    return RunReport(options.run_folder, run, metrics, metrics.errors)


def _conditions(data: BuiltDataset, split: str) -> tuple[str, ...]:
    there = {shard.condition for shard in data.shards if shard.split == split}
    if not there:
        held = ", ".join(dict.fromkeys(shard.split for shard in data.shards)) or "none"
        raise OptionsError(f"--split {split}: {data.folder} has no rows in this split; splits with rows: {held}")
    return tuple(c for c in CONDITIONS if c in there)


def _row_ids(data: BuiltDataset, split: str) -> frozenset[str]:
    return frozenset(r["id"] for shard in data.select(None, [split]) for r in stored_rows(shard, ["id"]))
