"""A run that also keeps the attention of its answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.errors import OptionsError
from mma_eval.attention.files import append_part, read_attention, remove_unfinished
from mma_eval.attention.measuring import AttentiveModel, MeasuredAnswer, record_of
from mma_eval.attention.record import MODALITIES
from mma_eval.evaluation import RunReport, evaluate
from mma_eval.model import Answer
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_eval.run.folder import ATTENTION
from mma_eval.run.options import EvalOptions
from mma_eval.run.progress import Watch
from mma_eval.run.questions import ClipQuestions
from mma_eval.run.record import RunError
from mma_eval.run.store import PREDICTIONS, read_predictions


class AttentionRecorder:
    """Writes the attention of answers into a run folder, a part for each clip."""

    def __init__(self) -> None:
        self._begun = False

    def describe(self) -> Mapping[str, Any]:
        """What is measured, and over which rows."""
        return {
            "what": ATTENTION,
            "rows": "last token of the prompt, tokens of the answer but the last",
            "modalities": list(MODALITIES),
            "shares": "by layer and head, mean over rows",
            "last_layer": "mean over heads",
        }

    def record(self, folder: Path, asked: ClipQuestions, answers: Sequence[Answer]) -> None:
        """Write a part; answers that are errors have no attention."""
        pairs = zip(asked.targets, answers, strict=True)
        records = [record_of(target, answer) for target, answer in pairs if isinstance(answer, MeasuredAnswer)]
        if not self._begun:  # not earlier: only now nobody else writes there
            remove_unfinished(folder)
            self._begun = True
        if records:
            append_part(folder, records)


def measure_attention(options: EvalOptions, *, watch: Watch | None = None) -> RunReport:
    """Run a model on a dataset and keep the attention of its answers; called again it continues.

    Args:
        options: what to run; both questions, asked plainly, and not in parts.
        watch: told of the progress.

    Returns:
        Where the run is and what it scores. `mma_eval.attention.files.read_attention` reads the rest.

    Raises:
        OptionsError: the model's attention cannot be read, or the questions are asked otherwise.
        MMABenchError: as `evaluate`.
    """
    if set(options.prompts) != set(PROMPTS):
        raise OptionsError(
            f"--prompts {' '.join(options.prompts)}: attention is compared between a clip's questions; expected "
            f"{' and '.join(PROMPTS)}"
        )
    if options.variants != ("plain",) or options.seeds != (0,) or options.shard != (1, 1):
        raise OptionsError("attention is measured of plain questions with their options in order, in one part")
    model = resolve_model(options.model, options.model_options)
    if not isinstance(model, OmniModel):
        raise OptionsError(
            f"--model {options.model}: its attention cannot be read; expected a model that runs here and whose tokens "
            "can be told apart: tiny-omni, Qwen2.5-Omni, Qwen3-Omni, or a checkpoint of their architectures"
        )
    options = replace(options, out=options.out or _default_folder(options))
    report = evaluate(options, model=AttentiveModel(model), watch=watch, recorder=AttentionRecorder())
    _check_complete(report.folder)
    return report


def _default_folder(options: EvalOptions) -> Path:
    return options.run_folder.with_name(f"{options.run_folder.name}-{ATTENTION}")


def _check_complete(folder: Path) -> None:
    made = read_predictions(folder / PREDICTIONS).values()
    if made and all(p.error is not None for p in made):
        raise RunError(
            f"{folder}: none of {len(made)} questions was answered, so there is no attention; the last because: "
            f"{list(made)[-1].error}. Put it right and run the same command again, it asks them again"
        )
    read_attention(folder)
