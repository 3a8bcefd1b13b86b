"""Choosing the checkpoint: the model that is being tuned answers a fixed sample, by the evaluation's own code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from mma_bench.dataset.reading import BuiltDataset
from mma_eval.models.omni import OmniModel
from mma_eval.run.asking import EMPTY, ask
from mma_eval.run.plan import EvalPlan, plan_evaluation
from mma_eval.run.prediction import Prediction, prediction
from mma_eval.run.record import Selection
from mma_eval.scoring.metrics import metrics_of
from mma_training.config import ValidationSection
from mma_training.data.rows import read_rows
from mma_training.errors import TrainingError

CELLS = tuple((condition, prompt) for condition in ("aligned", "misaligned") for prompt in ("visual", "audio"))
"""Their mean accuracy is what the best checkpoint has most of (paper, section 5.2)."""


def plan_validation(data: BuiltDataset, section: ValidationSection, *, unseen: Collection[str] = ()) -> EvalPlan:
    """The fixed sample: clips spread over the classes, both conditions and both questions of each.

    Args:
        data: the dataset.
        section: the split, and how many questions.
        unseen: classes that must have no part in the choice.

    Raises:
        TrainingError: the dataset has no such split, or nothing is left without the unseen classes.
    """
    conditions = ("aligned", "misaligned")
    clips = max(1, section.questions // len(CELLS))
    rows = read_rows(data, conditions, section.split, unseen=unseen, limit=clips)
    missing = set(conditions) - {row.condition for row in rows}
    if missing:
        raise TrainingError(f"{data.folder}: no {missing.pop()} row of {section.split} is left to validate with")
    chosen = {row.id for row in rows}
    work = plan_evaluation(data, Selection(conditions=conditions, split=section.split))
    return replace(work, places=[p for p in work.places if all(place.row_id in chosen for place in p)])


def validate(omni: OmniModel, work: EvalPlan, *, part: int = 0, parts: int = 1) -> list[Prediction]:
    """Answer the sample, or every `parts`-th clip of it.

    Args:
        omni: with the model as it is now.
        work: the sample.
        part: which, from 0.
        parts: processes that share the work.

    Raises:
        TrainingError: a question could not be answered: an accuracy without it would choose wrongly. An empty answer
            is a wrong one.
    """
    made: list[Prediction] = []
    units = (unit for number, unit in enumerate(work.clip_questions()) if number % parts == part)
    for unit, answers in ask(omni, units, tries=1):
        made += [prediction(asked, answer) for asked, answer in zip(unit.targets, answers, strict=True)]
        failed = next((p for p in made[-len(answers) :] if p.error not in (None, EMPTY)), None)
        if failed is not None:
            raise TrainingError(f"validation: {failed.id}, {failed.prompt}: no answer ({failed.error})")
    return made


def accuracies(made: list[Prediction]) -> Mapping[str, float]:
    """Accuracy of each cell, and their mean under the name accuracy."""
    cells = {(c.condition, c.prompt): c for c in metrics_of(made).cells}
    each = {f"{condition}_{prompt}": cells[condition, prompt].accuracy for condition, prompt in CELLS}
    return {"accuracy": sum(each.values()) / len(each), **each}
