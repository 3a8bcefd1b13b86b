"""Read runs with stored attention, and define the attention measures compared in the report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from mma_bench.benchmark.conditions import CONDITIONS
from mma_eval.attention.answers import (
    MODALITIES,
    AnswerAttention,
    of_all_by_layer,
    video_by_layer,
    video_by_layer_and_head,
    video_by_layer_equal_heads,
)
from mma_eval.attention.by_clip import Measure
from mma_eval.report.runs import Run
from mma_eval.run.folder import ATTENTION

_VIDEO, _AUDIO = MODALITIES.index("video"), MODALITIES.index("audio")
BY_LAYER: Mapping[str, tuple[str, Measure]] = {
    "rule": ("video among video and audio", video_by_layer),
    "video": ("video among all tokens", lambda answer: of_all_by_layer(answer)[:, _VIDEO]),
    "audio": ("audio among all tokens", lambda answer: of_all_by_layer(answer)[:, _AUDIO]),
}
"""Name and function of each measure, by its key in file names; "rule" is the paper's, the others include text."""
EQUAL_HEADS: tuple[str, Measure] = ("the same, heads alike", video_by_layer_equal_heads)
"""Measure listed after the paper's rule in tables."""
BY_LAYER_AND_HEAD: Mapping[str, tuple[str, Measure]] = {
    "rule": (BY_LAYER["rule"][0], video_by_layer_and_head),
    "video": (BY_LAYER["video"][0], lambda answer: answer.shares[..., _VIDEO].astype(float)),
    "audio": (BY_LAYER["audio"][0], lambda answer: answer.shares[..., _AUDIO].astype(float)),
}


@dataclass(frozen=True)
class Measured:
    """A run with stored attention."""

    name: str
    answers: Sequence[AnswerAttention]
    """Attention of each answer, with or without heat maps."""
    with_heat_map: Callable[[AnswerAttention], AnswerAttention] = lambda answer: answer
    """Load the heat map of one answer; all heat maps of a large model would not fit in memory together."""
    tuned: bool = False
    """True if the run is drawn with its base model, in different colours."""

    def select(self, condition: str, prompt: str | None = None) -> list[AnswerAttention]:
        """Return the answers under a condition, to one prompt or, by default, to both."""
        return [a for a in self.answers if a.condition == condition and prompt in (None, a.prompt)]

    @property
    def conditions(self) -> list[str]:
        """Conditions with answers, in the benchmark's order."""
        present = {answer.condition for answer in self.answers}
        return [name for name in CONDITIONS if name in present]

    @property
    def curves(self) -> list[str]:
        """Conditions that are drawn together in one picture."""
        return [name for name in ("aligned", "misaligned") if name in self.conditions]

    @property
    def example(self) -> str:
        """Condition drawn in pictures that show only one condition."""
        return (self.curves or self.conditions)[-1]


def measured_of(run: Run) -> Measured | None:
    """Read a run's stored attention; return None if it has no attention or no answers.

    Raises:
        AttentionFilesError: a file cannot be read, or does not match the run's answers.
    """
    from mma_eval.attention.files import read_attention, with_heat_map

    if not any((run.folder / ATTENTION).glob("*.parquet")):
        return None
    predictions = [prediction for prediction, _ in run.answers]
    answers = read_attention(run.folder, heat_maps=False, record=run.record, predictions=predictions)
    return Measured(run.name, answers, partial(with_heat_map, run.folder)) if answers else None
