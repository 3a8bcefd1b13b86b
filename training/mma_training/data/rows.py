"""The rows that are learnt from: which, how often, and what is asked and answered. No media."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mma_bench.benchmark.prompts import PROMPTS, Prompt
from mma_bench.dataset.reading import BuiltDataset
from mma_bench.dataset.shards import stored_rows
from mma_eval.run.plan import limited
from mma_eval.run.questions import questions_of
from mma_training.errors import TrainingError

_COLUMNS = [
    "id", "clip_id", "condition", "visual_class", "audio_class", "visual_question", "audio_question", "video_sha256",
    "audio_sha256",
]  # fmt: skip


@dataclass(frozen=True)
class TuningRow:
    """One row of the dataset, as far as tuning needs it."""

    shard: int
    """Which of the selected shards."""
    number: int
    """Which row of it."""
    id: str
    clip_id: str
    condition: str
    visual_class: str
    audio_class: str
    video_sha256: str
    audio_sha256: str
    asked: Mapping[Prompt, str]
    """The questions."""

    def answer(self, prompt: Prompt) -> str:
        """The right answer to a question: the class of the modality that is asked about."""
        return self.visual_class if prompt == "visual" else self.audio_class

    @property
    def classes(self) -> tuple[str, str]:
        """What is shown and what is heard."""
        return self.visual_class, self.audio_class


def read_rows(
    data: BuiltDataset, conditions: Sequence[str], split: str, *, unseen: Collection[str] = (), limit: int | None = None
) -> list[TuningRow]:
    """The rows of some conditions, in the order of the files.

    Args:
        data: the dataset.
        conditions: which.
        split: which.
        unseen: classes that must be neither shown nor heard, of the clip or of its donor.
        limit: clips, spread over the classes.

    Raises:
        TrainingError: the dataset lacks a condition or the split, or nothing is left.
    """
    _require(data, conditions, split)
    index = [
        (shard, number, record)
        for shard, file in enumerate(data.select(conditions, [split]))
        for number, record in enumerate(stored_rows(file, _COLUMNS))
    ]
    index = [found for found in index if not _labels(found[2], data.classes) & set(unseen)]
    wanted = limited([record for _, _, record in index], limit)
    kept = [
        TuningRow(
            shard=shard,
            number=number,
            id=record["id"],
            clip_id=record["clip_id"],
            condition=record["condition"],
            visual_class=data.classes[record["visual_class"]],
            audio_class=data.classes[record["audio_class"]],
            video_sha256=record["video_sha256"],
            audio_sha256=record["audio_sha256"],
            asked={q.prompt: q.text for q in questions_of(record, data.classes)},
        )
        for shard, number, record in index
        if record["clip_id"] in wanted
    ]
    if not kept:
        raise TrainingError(
            f"{data.folder}: no row of {', '.join(conditions)} in {split} is left"
            + (f" without {len(unseen)} classes" if unseen else "")
            + "; build a larger dataset, or leave fewer classes out"
        )
    return kept


def _require(data: BuiltDataset, conditions: Sequence[str], split: str) -> None:
    missing = [c for c in conditions if not any((s.condition, s.split) == (c, split) for s in data.shards)]
    if missing:
        there = ", ".join(dict.fromkeys(s.split for s in data.shards if s.condition in conditions)) or "none"
        raise TrainingError(
            f"{data.folder}: no {' and no '.join(missing)} rows in the split {split}; splits with rows to tune on: "
            f"{there}. Build a dataset that has them, `mma-bench build --splits train --splits validation`"
        )


def _labels(record: Mapping[str, Any], classes: Sequence[str]) -> set[str]:
    return {classes[record["visual_class"]], classes[record["audio_class"]]}


def balanced(rows: Sequence[TuningRow]) -> list[TuningRow]:
    """Rows repeated so that all conditions weigh the same (paper, appendix D: aligned rows tenfold).

    A condition that has a fraction of the largest one's rows is repeated whole as often as it goes into it; what then
    is missing is taken from its beginning, so that the counts are equal.
    """
    counts = Counter(row.condition for row in rows)
    most = max(counts.values())
    result: list[TuningRow] = []
    for condition in counts:
        own = [row for row in rows if row.condition == condition]
        result += own * (most // len(own)) + own[: most % len(own)]
    return result


@dataclass(frozen=True)
class Example:
    """What one item of training is: a row, and which of its questions."""

    row: TuningRow
    prompts: tuple[Prompt, ...]


def examples_of(rows: Sequence[TuningRow], *, pack: bool) -> list[Example]:
    """Both questions of each row: together, or each as an example of its own."""
    together: tuple[tuple[Prompt, ...], ...] = (PROMPTS,) if pack else tuple((prompt,) for prompt in PROMPTS)
    return [Example(row, prompts) for row in rows for prompts in together]
