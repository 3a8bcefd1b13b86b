"""Select, filter and balance the rows to train on, without reading media."""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from mma_bench.benchmark.prompts import PROMPTS, Prompt
from mma_bench.dataset.reading import BuiltDataset
from mma_bench.dataset.shards import stored_rows
from mma_eval.run.plan import limited
from mma_eval.run.questions import questions_of
from mma_training.errors import ConfigError, TrainingError

_READ_COLUMNS = [
    "id", "clip_id", "condition", "visual_class", "audio_class", "visual_question", "audio_question", "video_sha256",
    "audio_sha256",
]  # fmt: skip


@dataclass(frozen=True)
class TuningRow:
    """A dataset row, reduced to the columns that training needs."""

    shard: int
    """Index of the row's Parquet file among the selected files."""
    number: int
    """Index of the row in its Parquet file."""
    id: str
    clip_id: str
    condition: str
    visual_class: str
    audio_class: str
    video_sha256: str
    audio_sha256: str
    asked: Mapping[Prompt, str]
    """Text of the row's question by prompt."""

    def answer(self, prompt: Prompt) -> str:
        """Return the correct answer to a question: the class of the queried modality."""
        return self.visual_class if prompt == "visual" else self.audio_class


@dataclass(frozen=True)
class Example:
    """A training example: a row and the prompts of the questions to ask about it."""

    row: TuningRow
    prompts: tuple[Prompt, ...]


def read_rows(
    data: BuiltDataset, conditions: Sequence[str], split: str, *, unseen: Collection[str] = (), limit: int | None = None
) -> list[TuningRow]:
    """Read the rows of the given conditions, in file order.

    Args:
        data: the built dataset.
        conditions: names of the conditions to read.
        split: name of the split to read.
        unseen: classes to exclude; a row is dropped if its visual or audio class is among them.
        limit: maximum number of clips, spread over the classes; None keeps all.

    Raises:
        TrainingError: the dataset lacks a condition or the split, or no row is left.
    """
    _require(data, conditions, split)
    excluded = {data.classes.index(name) for name in unseen}
    index = [
        (shard, number, record)
        for shard, file in enumerate(data.select(conditions, [split]))
        for number, record in enumerate(stored_rows(file, _READ_COLUMNS))
        if not {record["visual_class"], record["audio_class"]} & excluded
    ]
    wanted = limited([record for _, _, record in index], limit)
    kept = [
        TuningRow(
            shard=shard,
            number=number,
            visual_class=data.classes[record["visual_class"]],
            audio_class=data.classes[record["audio_class"]],
            asked={q.prompt: q.text for q in questions_of(record, data.classes)},
            **{name: record[name] for name in ("id", "clip_id", "condition", "video_sha256", "audio_sha256")},
        )
        for shard, number, record in index
        if record["clip_id"] in wanted
    ]
    if not kept:
        raise TrainingError(
            f"{data.folder}: no {' or '.join(conditions)} rows are left in the {split} split"
            + (f" after excluding {len(unseen)} classes; exclude fewer, or" if unseen else ";")
            + " build a larger dataset"
        )
    return kept


def _require(data: BuiltDataset, conditions: Sequence[str], split: str) -> None:
    missing = [c for c in conditions if not any((s.condition, s.split) == (c, split) for s in data.shards)]
    if missing:
        there = ", ".join(dict.fromkeys(s.split for s in data.shards if s.condition in conditions)) or "none"
        raise TrainingError(
            f"{data.folder}: no {' and no '.join(missing)} rows in the {split} split; splits with such rows: {there}. "
            "Build a dataset with the missing rows: `mma-bench build --splits train --splits validation`"
        )


def unseen_classes(classes: Sequence[str], wanted: int | Sequence[str], seed: int) -> tuple[str, ...]:
    """Choose the classes to exclude from training, to measure generalisation to them (paper, appendix H).

    Args:
        classes: all classes of the dataset.
        wanted: names of the classes to exclude, or the number to draw at random.
        seed: seed of the draw.

    Raises:
        ConfigError: a class is unknown, or fewer than two classes remain.

    >>> unseen_classes(["Bell", "Bird", "Clock", "Frog"], 2, seed=0)
    ('Bell', 'Clock')
    """
    if isinstance(wanted, int):
        if not 0 <= wanted <= len(classes) - 2:
            raise ConfigError(
                f"data.unseen_classes {wanted}: expected 0 to {len(classes) - 2} of the {len(classes)} classes, "
                "since at least two must remain for swapping sounds"
            )
        return tuple(sorted(random.Random(f"{seed} unseen classes").sample(sorted(classes), wanted)))
    unknown = [name for name in wanted if name not in classes]
    if unknown:
        close = [name for given in unknown for name in get_close_matches(given, classes, n=1)]
        raise ConfigError(
            f"data.unseen_classes: no class {' or '.join(unknown)} in the dataset; available: {', '.join(classes)}"
            + (f"; did you mean {', '.join(close)}?" if close else "")
        )
    left = len(classes) - len(set(wanted))
    if left < 2:
        raise ConfigError(
            f"data.unseen_classes leaves {left} of the {len(classes)} classes; exclude fewer, since "
            "at least two must remain for swapping sounds"
        )
    return tuple(sorted(set(wanted)))


def balanced(rows: Sequence[TuningRow]) -> list[TuningRow]:
    """Oversample the smaller conditions to the size of the largest (paper, appendix D: aligned rows tenfold).

    Repeats all rows of a smaller condition as often as possible, then its first rows to fill the remainder.
    """
    counts = Counter(row.condition for row in rows)
    most = max(counts.values())
    result: list[TuningRow] = []
    for condition in counts:
        of_condition = [row for row in rows if row.condition == condition]
        result += of_condition * (most // len(of_condition)) + of_condition[: most % len(of_condition)]
    return result


def examples_of(rows: Sequence[TuningRow], *, pack: bool) -> list[Example]:
    """Build training examples from rows: one per row if `pack`, else one per question."""
    groups: tuple[tuple[Prompt, ...], ...] = (PROMPTS,) if pack else tuple((prompt,) for prompt in PROMPTS)
    return [Example(row, prompts) for row in rows for prompts in groups]
