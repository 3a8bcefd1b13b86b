"""Choosing the checkpoint: the model that is being tuned answers a fixed sample, by the evaluation's own code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mma_bench.built import BuiltDataset
from mma_eval.asking import ask
from mma_eval.model import ModelError
from mma_eval.models.omni import OmniModel
from mma_eval.prediction import Prediction, prediction
from mma_eval.scoring import metrics_of
from mma_eval.units import Selection, Work, plan_work
from mma_training.config import ValidationSection

CELLS = tuple((condition, prompt) for condition in ("aligned", "misaligned") for prompt in ("visual", "audio"))
"""Their mean accuracy is what the best checkpoint has most of (paper, section 5.2)."""


def plan_validation(data: BuiltDataset, section: ValidationSection) -> Work:
    """The fixed sample: whole clips, spread over the classes, both conditions and both questions of each.

    Raises:
        OptionsError: the dataset has no such split.
    """
    clips = max(1, section.questions // len(CELLS))
    return plan_work(data, Selection(("aligned", "misaligned"), section.split, limit=clips))


def validate(omni: OmniModel, work: Work, *, part: int = 0, parts: int = 1) -> list[Prediction]:
    """Answer the sample, or every `parts`-th clip of it.

    Args:
        omni: with the model as it is now.
        work: the sample.
        part: which, from 0.
        parts: processes that share the work.

    Raises:
        ModelError: a question has no answer: an accuracy without it would choose wrongly.
    """
    made: list[Prediction] = []
    units = (unit for number, unit in enumerate(work.units()) if number % parts == part)
    for unit, answers in ask(omni, units, tries=1):
        made += [prediction(asked, answer) for asked, answer in zip(unit.asked, answers, strict=True)]
        failed = next((p for p in made[-len(answers) :] if p.error is not None), None)
        if failed is not None:
            raise ModelError(f"validation: {failed.id}, {failed.prompt}: no answer ({failed.error})")
    return made


def accuracies(made: list[Prediction]) -> Mapping[str, float]:
    """Accuracy of each cell, and their mean under the name accuracy."""
    cells: dict[tuple[str, str], Any] = {(c["condition"], c["prompt"]): c for c in metrics_of(made)["cells"]}
    each = {f"{condition}_{prompt}": cells[condition, prompt]["accuracy"] for condition, prompt in CELLS}
    return {"accuracy": sum(each.values()) / len(each), **each}
