"""A run of the evaluation: every question of a dataset put to a model, written down, scored."""

from __future__ import annotations

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.core.errors import OptionsError
from mma_bench.core.workfolder import sole_writer
from mma_bench.dataset.reading import BuiltDataset
from mma_bench.dataset.resolve import resolve_dataset
from mma_bench.dataset.shards import stored_rows
from mma_eval.model import Model
from mma_eval.resolve import resolve_model
from mma_eval.run.answering import RunReport, ask_all
from mma_eval.run.merging import merge_shards
from mma_eval.run.options import EvalOptions
from mma_eval.run.progress import Watch
from mma_eval.run.provenance import describe_run
from mma_eval.run.recording import RECORDED, Recorder
from mma_eval.run.store import PREDICTIONS
from mma_eval.run.units import plan_work
from mma_eval.scoring.scores import score_run


def evaluate(
    options: EvalOptions, *, model: Model | None = None, watch: Watch | None = None, recorder: Recorder | None = None
) -> RunReport:
    """Run a model on a dataset; called again with the same options it continues.

    Args:
        options: what to run.
        model: an instance to use instead of the one that `options.model` names.
        watch: told of the progress.
        recorder: keeps more of the answers than their text.

    Returns:
        Where the run is and what it scores.

    Raises:
        MMABenchError: the dataset or the model cannot be had, the folder holds another run, the model fails on every
            clip, or the money is spent. What was answered stays.
    """
    data = resolve_dataset(options.data, options.conditions, options.split)
    selection = options.selection(_conditions(data, options.split))
    work = plan_work(data, selection)
    model = model or resolve_model(options.model, options.model_options)
    _check_rows(model, data, options.split)
    _check_classes(model, data)
    folder = options.part_folder
    with sole_writer(folder / PREDICTIONS):
        run = describe_run(model, options.run_folder.name, work)
        run |= {RECORDED: recorder.describe()} if recorder else {}
        report = ask_all(model, work, options, run, watch or (lambda progress, made: None), recorder)
    if options.shard[1] > 1 and not merge_shards(options.run_folder):
        return report
    metrics = score_run(options.run_folder)
    errors = sum(cell["n"] - cell["n_valid"] for cell in metrics["cells"])
    return RunReport(options.run_folder, metrics, errors, report.share_waiting)


def _conditions(data: BuiltDataset, split: str) -> tuple[str, ...]:
    there = {shard.condition for shard in data.shards if shard.split == split}
    if not there:
        raise OptionsError(f"--split {split}: {data.folder} has no rows of it")
    return tuple(c for c in CONDITIONS if c in there)


def _check_classes(model: Model, data: BuiltDataset) -> None:
    check = getattr(model, "check_classes", None)
    if check is not None:
        check(data.classes)


def _check_rows(model: Model, data: BuiltDataset, split: str) -> None:
    check = getattr(model, "check_rows", None)
    if check is not None:
        check(frozenset(r["id"] for shard in data.select(None, [split]) for r in stored_rows(shard, ["id"])))
