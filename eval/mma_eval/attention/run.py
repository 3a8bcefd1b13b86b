"""Run a model on a dataset and store the attention of its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import remove_partial_files
from mma_bench.core.records import Json
from mma_eval.attention.answers import MODALITIES
from mma_eval.attention.files import append_shard, read_attention
from mma_eval.attention.measuring import AttentiveModel, MeasuredAnswer, attention_of
from mma_eval.evaluation import RunReport, evaluate
from mma_eval.model import Answer
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_eval.run.folder import ATTENTION
from mma_eval.run.options import EvalOptions
from mma_eval.run.questions import ClipQuestions
from mma_eval.run.record import RunError
from mma_eval.run.resume import Watch
from mma_eval.run.store import PREDICTIONS, read_predictions


class AttentionRecorder:
    """Write the attention of answers to a run folder, one shard per clip."""

    def __init__(self) -> None:
        self._started = False

    def describe(self) -> Mapping[str, Json]:
        """Return the `recorded` section of run.json."""
        return {
            "what": ATTENTION,
            "rows": "last token of the prompt, tokens of the answer but the last",
            "modalities": list(MODALITIES),
            "shares": "by layer and head, mean over rows",
            "last_layer": "mean over heads",
        }

    def record(self, folder: Path, asked: ClipQuestions, answers: Sequence[Answer]) -> None:
        """Write a shard with the attention of one clip's answers; failed and empty answers have no attention."""
        pairs = zip(asked.targets, answers, strict=True)
        measured = [attention_of(target, answer) for target, answer in pairs if isinstance(answer, MeasuredAnswer)]
        if not self._started:  # from here on this process is the sole writer of the folder
            remove_partial_files(folder / ATTENTION)
            self._started = True
        if measured:
            append_shard(folder, measured)


def measure_attention(options: EvalOptions, *, watch: Watch | None = None) -> RunReport:
    """Run a model on a dataset and store the attention of its answers, or continue such a run.

    `options` must select both prompts, the plain variant and seed 0, without parts. To read the stored attention, use
    `mma_eval.attention.files.read_attention`.

    Raises:
        OptionsError: the model's attention cannot be read, or `options` selects something else.
        MMABenchError: as for `evaluate`.
    """
    if set(options.prompts) != set(PROMPTS):
        raise OptionsError(
            f"--prompts {' '.join(options.prompts)}: comparing attention needs both questions; expected "
            f"{' and '.join(PROMPTS)}"
        )
    if options.variants != ("plain",) or options.seeds != (0,) or options.shard != (1, 1):
        raise OptionsError(
            f"variants {', '.join(options.variants)}, seeds {', '.join(map(str, options.seeds))} and shard "
            f"{'/'.join(map(str, options.shard))}: expected variant plain, seed 0 and shard 1/1, with which alone "
            "attention is measured"
        )
    model = resolve_model(options.model, options.model_options)
    if not isinstance(model, OmniModel):
        raise OptionsError(
            f"--model {options.model}: its attention cannot be read; expected a local model with a known token layout: "
            "tiny-omni, Qwen2.5-Omni, Qwen3-Omni, or a checkpoint of one of their architectures"
        )
    folder = options.run_folder
    options = replace(options, out=options.out or folder.with_name(f"{folder.name}-{ATTENTION}"))
    report = evaluate(options, model=AttentiveModel(model), watch=watch, recorder=AttentionRecorder())
    _check_complete(report.folder)
    return report


def _check_complete(folder: Path) -> None:
    predictions = list(read_predictions(folder / PREDICTIONS).values())
    if predictions and not any(p.answer for p in predictions):
        last = predictions[-1].error or "the model's answer is empty"
        raise RunError(
            f"{folder}: none of {len(predictions)} questions was answered, so there is no attention; the last one: "
            f"{last}. Fix the cause and run the same command again"
        )
    read_attention(folder, predictions=predictions)
