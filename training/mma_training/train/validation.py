"""Score checkpoints on a fixed validation sample, with the code of `mma-bench eval`."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any, cast

from mma_bench.benchmark.conditions import Split
from mma_bench.dataset.reading import BuiltDataset
from mma_eval.models.omni import OmniModel
from mma_eval.run.asking import ask
from mma_eval.run.plan import EvalPlan, plan_evaluation
from mma_eval.run.prediction import Prediction, prediction
from mma_eval.run.record import Selection
from mma_eval.scoring.metrics import metrics_of
from mma_training.adapter.record import VALIDATION_CELLS
from mma_training.config import ValidationSection
from mma_training.data.rows import read_rows
from mma_training.errors import ConfigError, TrainingError


def plan_validation(data: BuiltDataset, section: ValidationSection, *, unseen: Collection[str] = ()) -> EvalPlan:
    """Choose the fixed validation sample: clips spread over the classes, each in both conditions with both questions.

    Excludes the `unseen` classes, so that they do not influence the choice of the checkpoint. Raises TrainingError if
    the dataset lacks the split, or if a condition has no rows left.
    """
    conditions = ("aligned", "misaligned")
    clips = max(1, section.questions // len(VALIDATION_CELLS))
    rows = read_rows(data, conditions, section.split, unseen=unseen, limit=clips)
    missing = set(conditions) - {row.condition for row in rows}
    if missing:
        raise TrainingError(
            f"{data.folder}: no {missing.pop()} rows are left in the {section.split} split for validation; increase "
            "validation.questions, exclude fewer classes (data.unseen_classes), or build a larger dataset"
        )
    chosen = {row.id for row in rows}
    work = plan_evaluation(data, Selection(conditions=conditions, split=cast(Split, section.split)))
    return replace(work, places=[p for p in work.places if all(place.row_id in chosen for place in p)])


def validate(omni: OmniModel, sample: EvalPlan, trainer: Any) -> dict[str, float]:
    """Answer the sample, divided among all processes; return the accuracies over the whole sample in each process."""
    from accelerate.utils import gather_object

    processes = trainer.accelerator
    omni.thinker.eval()
    with _unsharded_weights(trainer):
        answers = _answer_sample(omni, sample, processes.process_index, processes.num_processes)
    return _accuracies(gather_object(answers) if processes.num_processes > 1 else answers)


def _answer_sample(omni: OmniModel, sample: EvalPlan, part: int, parts: int) -> list[Prediction]:
    """Answer the questions about every `parts`-th clip, starting at index `part`; empty answers count as wrong.

    Raises TrainingError if the model fails on a question, since skipping it could select the wrong checkpoint.
    """
    made: list[Prediction] = []
    for unit, answers in ask(omni, islice(sample.clip_questions(), part, None, parts), tries=1):
        made += [prediction(asked, answer) for asked, answer in zip(unit.targets, answers, strict=True)]
        failed = next((p for p in made[-len(answers) :] if p.error is not None), None)
        if failed is not None:
            raise TrainingError(f"validation failed on the {failed.prompt} question of {failed.id}: {failed.error}")
    return made


def _accuracies(made: list[Prediction]) -> dict[str, float]:
    """Return the accuracy of each cell as `<condition>_<prompt>`, and their mean as `accuracy`."""
    cells = {(c.condition, c.prompt): c for c in metrics_of(made).cells}
    each = {f"{condition}_{prompt}": cells[condition, prompt].accuracy for condition, prompt in VALIDATION_CELLS}
    return {"accuracy": sum(each.values()) / len(each), **each}


def require_supported_sharding(trainer: Any) -> None:
    """Raise ConfigError for FSDP 1 and DeepSpeed stage 3, under which processes cannot answer different questions."""
    state = trainer.accelerator.state
    fsdp, deepspeed = getattr(state, "fsdp_plugin", None), state.deepspeed_plugin
    if (fsdp is not None and fsdp.fsdp_version != 2) or (deepspeed is not None and deepspeed.zero_stage == 3):
        found = "DeepSpeed stage 3" if fsdp is None else f"FSDP {fsdp.fsdp_version}"
        raise ConfigError(
            f"validation does not support {found}; use FSDP with fsdp_version 2, DeepSpeed stage 1 or 2, or neither"
        )


@contextmanager
def _unsharded_weights(trainer: Any) -> Iterator[None]:
    """Gather the weights if they are sharded by FSDP; the whole model must fit in each process."""
    if getattr(trainer.accelerator.state, "fsdp_plugin", None) is None:
        yield
        return
    layers = [module for module in trainer.model_wrapped.modules() if hasattr(module, "set_reshard_after_forward")]
    for layer in layers:
        layer.set_reshard_after_forward(False, recurse=False)  # else resharded after one question
        layer.unshard()
    try:
        yield
    finally:
        for layer in layers:
            layer.set_reshard_after_forward(True, recurse=False)
            layer.reshard()
