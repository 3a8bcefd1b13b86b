"""Check stored attention against run.json and predictions.jsonl: all three must come from the same run."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from mma_bench.core.errors import MMABenchError
from mma_bench.core.records import Items, Record, Text
from mma_eval.attention.answers import AnswerAttention
from mma_eval.run.folder import ATTENTION
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import RUN, RunRecord
from mma_eval.run.store import PREDICTIONS

Question = tuple[str, str]
"""Row id and prompt; attention is measured for plain questions only."""
_REMEDY = f"restore {PREDICTIONS} and {ATTENTION}/ from the same run, or measure again with --overwrite"


class RecordedAttention(Record):
    """Section `recorded` in the run.json of `mma-bench attention`: describes the content of the shards."""

    what: Text
    """`attention`."""
    rows: Text = ""
    """Positions whose attention counts."""
    modalities: Items[Text] = ()
    """Order of the modalities in `shares`."""
    shares: Text = ""
    last_layer: Text = ""


class AttentionFilesError(MMABenchError):
    """The attention files of a run are missing, malformed, or from another run."""


def matching_predictions(
    run: Path, found: Mapping[Question, AnswerAttention], record: RunRecord, predictions: Iterable[Prediction]
) -> list[AnswerAttention]:
    """Return the stored attention of the answers in predictions.jsonl.

    Stored attention of other questions is ignored: a killed run may have written it before the answer.

    Args:
        run: the run folder.
        found: all attention stored in it.
        record: its run.json.
        predictions: those of its predictions.jsonl.

    Raises:
        AttentionFilesError: run.json mentions no attention, or an answer has none, or that of a different answer.
    """
    recorded = record.recorded or {}
    if recorded.get("what") != ATTENTION:
        raise AttentionFilesError(
            f"{run / RUN}: recorded.what: expected {ATTENTION!r}, found {recorded.get('what')!r:.80}, although "
            f"{ATTENTION}/ exists. Delete {run / ATTENTION}, or measure again with --overwrite"
        )
    answers = {(p.id, p.prompt): p.answer for p in predictions if p.answer is not None}
    missing = [question for question in answers if question not in found]
    if missing:
        row, prompt = missing[0]
        raise AttentionFilesError(
            f"{run / ATTENTION}: no attention for {len(missing)} answers in {PREDICTIONS}, the first of them {row}, "
            f"{prompt} question; {_REMEDY}"
        )
    for (row, prompt), answer in answers.items():
        if found[row, prompt].answer != answer:
            raise AttentionFilesError(
                f"{run / ATTENTION}: the attention of {row}, {prompt} question, belongs to the answer "
                f"{found[row, prompt].answer!r:.80}; expected the answer in {PREDICTIONS}, {answer!r:.80}; {_REMEDY}"
            )
    return [attention for question, attention in found.items() if question in answers]
