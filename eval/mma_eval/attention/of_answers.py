"""Attention is of answers: what was kept in a run folder must be of those that were written down there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mma_bench.core.errors import MMABenchError
from mma_eval.attention.record import AttentionRecord
from mma_eval.run.folder import ATTENTION
from mma_eval.run.record import RUN, read_run
from mma_eval.run.store import PREDICTIONS, read_predictions

Question = tuple[str, str]
"""Row and prompt: attention is measured of plain questions only."""
_REMEDY = (
    f"{PREDICTIONS} and {ATTENTION}/ belong together: put back the files of one run, or measure anew with --overwrite"
)


class AttentionFilesError(MMABenchError):
    """The files of a run's attention cannot be used: not there, not ours, or another run's."""


def of_answers(run: Path, found: Mapping[Question, AttentionRecord]) -> list[AttentionRecord]:
    """The records of a run's answers. Of questions without an answer a kill may have left some, which do not count.

    Args:
        run: the folder.
        found: all that it has.

    Raises:
        AttentionFilesError: the run kept no attention, or an answer has none, or that of another.
        MMABenchError: the folder is no run's.
    """
    if (read_run(run).recorded or {}).get("what") != ATTENTION:
        raise AttentionFilesError(
            f"{run / RUN}: says of no attention that was kept, but {ATTENTION}/ is there; expected both from one run "
            f"of `mma-bench attention`. Delete {run / ATTENTION}, or measure the run anew with --overwrite"
        )
    made = read_predictions(run / PREDICTIONS).values()
    answers = {(p.id, p.prompt): p.answer for p in made if p.answer is not None}
    missing = [question for question in answers if question not in found]
    if missing:
        row, prompt = missing[0]
        raise AttentionFilesError(
            f"{run / ATTENTION}: {len(missing)} answers of {PREDICTIONS} without attention, such as that of {row} to "
            f"the {prompt} question. {_REMEDY}"
        )
    for (row, prompt), answer in answers.items():
        if found[row, prompt].answer != answer:
            raise AttentionFilesError(
                f"{run / ATTENTION}: the attention of {row}, {prompt} question, is that of the answer "
                f"{found[row, prompt].answer!r:.80}; expected that of the one in {PREDICTIONS}, {answer!r:.80}. "
                f"{_REMEDY}"
            )
    return [record for question, record in found.items() if question in answers]
