"""What is asked together: all questions about one picture with one sound, from whatever rows they come.

The rows of a clip under aligned, misleading_caption and long_context hold the same media. A model encodes them once and
answers all their questions from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mma_bench.benchmark.prompts import PROMPTS, Prompt, Variant
from mma_bench.dataset.reading import BuiltDataset
from mma_bench.dataset.shards import Shard, ShardReader, stored_rows
from mma_eval.model import Clip, Question
from mma_eval.run.prediction import Asked, Key
from mma_eval.run.questions import questions_of

_INDEX = ["id", "clip_id", "visual_class", "video_sha256", "audio_sha256"]
_TEXT = [
    "id", "clip_id", "donor_id", "condition", "visual_class", "audio_class", "caption_class", "visual_present",
    "audio_present", "visual_question", "audio_question", "start_seconds", "end_seconds",
]  # fmt: skip
_MEDIA = ["video", "audio"]


@dataclass(frozen=True)
class Unit:
    """One clip and its questions."""

    clip: Clip
    asked: tuple[Asked, ...]


class Askable(Protocol):
    """Questions about clips, wherever they come from."""

    @property
    def questions(self) -> int:
        """How many there are in all."""
        ...

    def left(self, done: Collection[Key]) -> int:
        """How many of them are not done."""
        ...

    def units(self, done: Collection[Key] = ()) -> Iterator[Unit]:
        """The clips with the questions that are not done; media are read as they come."""
        ...

    def outline(self, done: Collection[Key] = ()) -> Iterator[tuple[float, list[Question]]]:
        """Seconds of each of these clips and its open questions, without the media."""
        ...


@dataclass(frozen=True)
class Selection:
    """What of a dataset is asked, and how."""

    conditions: tuple[str, ...]
    split: str
    prompts: tuple[Prompt, ...] = PROMPTS
    variants: tuple[Variant, ...] = ("plain",)
    seeds: tuple[int, ...] = (0,)
    limit: int | None = None
    """Clips, spread over the classes; None means all."""
    shard: tuple[int, int] = (1, 1)
    """The i-th of n parts."""

    @property
    def questions_per_row(self) -> int:
        """How often each row is asked."""
        return len(self.prompts) * len(self.variants) * len(self.seeds)


@dataclass(frozen=True)
class _Place:
    shard: int
    row: int
    row_id: str


@dataclass(frozen=True)
class Work:
    """The units of a selection: where their rows are. A few hundred bytes per row; no text and no media."""

    data: BuiltDataset
    selection: Selection
    shards: Sequence[Shard]
    places: Sequence[tuple[_Place, ...]]
    clips_there: int
    """With rows in the selection's conditions, before its limit and its part."""

    @property
    def questions(self) -> int:
        """How many there are in all."""
        return sum(map(len, self.places)) * self.selection.questions_per_row

    def left(self, done: Collection[Key]) -> int:
        """How many of them are not done; `done` holds no others."""
        return self.questions - len(done)

    def units(self, done: Collection[Key] = ()) -> Iterator[Unit]:
        """The units with the questions that are not done; media are read as they come.

        Raises:
            DataFolderError: a file cannot be read.
        """
        text = [ShardReader(shard, _TEXT) for shard in self.shards]
        media = [ShardReader(shard, _MEDIA) for shard in self.shards]
        try:
            for places in self.places:
                asked = [a for place in places if self._is_open(place, done) for a in self._asked(text, place)]
                remaining = tuple(a for a in asked if a.key not in done)
                if remaining:
                    yield Unit(_clip(text, media, places[0]), remaining)
        finally:
            for reader in (*text, *media):
                reader.close()

    def asked(self) -> Iterator[Asked]:
        """Every question with what is needed to judge its answer, without the media.

        Raises:
            DataFolderError: a file cannot be read.
        """
        text = [ShardReader(shard, _TEXT) for shard in self.shards]
        try:
            for places in self.places:
                for place in places:
                    yield from self._asked(text, place)
        finally:
            for reader in text:
                reader.close()

    def outline(self, done: Collection[Key] = ()) -> Iterator[tuple[float, list[Question]]]:
        """Seconds of each unit's clip and its open questions, without the media."""
        text = [ShardReader(shard, _TEXT) for shard in self.shards]
        try:
            for places in self.places:
                row = text[places[0].shard].row(places[0].row)
                asked = [a for place in places if self._is_open(place, done) for a in self._asked(text, place)]
                remaining = [a.question for a in asked if a.key not in done]
                if remaining:
                    yield row["end_seconds"] - row["start_seconds"], remaining
        finally:
            for reader in text:
                reader.close()

    def _is_open(self, place: _Place, done: Collection[Key]) -> bool:
        s = self.selection
        return not all((place.row_id, p, v, k) in done for p in s.prompts for v in s.variants for k in s.seeds)

    def _asked(self, text: Sequence[ShardReader], place: _Place) -> list[Asked]:
        row, classes = text[place.shard].row(place.row), self.data.classes
        s = self.selection
        questions = questions_of(row, classes, prompts=s.prompts, variants=s.variants, seeds=s.seeds)
        shown = {p: classes[row[f"{p}_class"]] for p in PROMPTS}
        present = {"visual": row["visual_present"], "audio": row["audio_present"]}
        caption = row["caption_class"]
        return [
            Asked(
                question=question,
                clip_id=row["clip_id"],
                donor_id=row["donor_id"],
                condition=row["condition"],
                reference=shown[question.prompt],
                other=shown[other] if present[other] else None,
                caption=None if caption is None else classes[caption],
            )
            for question in questions
            for other in PROMPTS
            if other != question.prompt
        ]


def plan_work(data: BuiltDataset, selection: Selection) -> Work:
    """Find the rows of a selection and put those together that show and play the same.

    Raises:
        OptionsError: the dataset lacks a condition or the split.
        DataFolderError: a file cannot be read.
    """
    shards = data.select(selection.conditions, [selection.split])
    index = [
        (shard_number, number, record)
        for shard_number, shard in enumerate(shards)
        for number, record in enumerate(_indexed(shard))
    ]
    clips = {record["clip_id"] for _, _, record in index}
    wanted = limited([record for _, _, record in index], selection.limit)
    groups: dict[tuple[str, str, str], list[_Place]] = {}
    for shard_number, number, record in index:
        clip_id = record["clip_id"]
        if clip_id in wanted and in_shard(clip_id, selection.shard):
            key = (clip_id, record["video_sha256"], record["audio_sha256"])
            groups.setdefault(key, []).append(_Place(shard_number, number, record["id"]))
    return Work(data, selection, shards, [tuple(places) for places in groups.values()], len(clips))


def in_shard(clip_id: str, shard: tuple[int, int]) -> bool:
    """Whether the i-th of n parts asks about a clip; the same on every machine, whatever else there is.

    >>> [in_shard("abc_30000", (i, 3)) for i in (1, 2, 3)].count(True)
    1
    """
    part, parts = shard
    return int.from_bytes(hashlib.sha256(clip_id.encode()).digest()[:8], "big") % parts == part - 1


def _indexed(shard: Shard) -> Iterator[dict[str, Any]]:
    ShardReader(shard, [*_TEXT, *_MEDIA, *_INDEX]).check()
    return stored_rows(shard, _INDEX)


def limited(index: Sequence[dict[str, Any]], limit: int | None) -> set[str]:
    """Clips taken from the classes in turn, so that a part of the dataset has all of them."""
    by_class: dict[int, dict[str, None]] = {}
    for record in index:
        by_class.setdefault(record["visual_class"], {})[record["clip_id"]] = None
    if limit is None:
        return {clip for clips in by_class.values() for clip in clips}
    queues = [list(clips) for _, clips in sorted(by_class.items())]
    in_turn = (queue[k] for k in range(max(map(len, queues), default=0)) for queue in queues if k < len(queue))
    return {clip for _, clip in zip(range(limit), in_turn, strict=False)}


def _clip(text: Sequence[ShardReader], media: Sequence[ShardReader], place: _Place) -> Clip:
    row, stored = text[place.shard].row(place.row), media[place.shard].row(place.row)
    return Clip(
        id=row["clip_id"],
        video=stored["video"]["bytes"],
        audio=stored["audio"]["bytes"],
        visual_present=row["visual_present"],
        audio_present=row["audio_present"],
    )
