"""Plan which questions a run asks about which clips, without keeping media in memory.

The aligned, misleading_caption and long_context rows of a clip have the same media, so they are grouped: a model
encodes the media once and answers the questions of all these rows.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from mma_bench.core.records import Json
from mma_bench.dataset.reading import BuiltDataset
from mma_bench.dataset.shards import Shard, ShardReader, stored_rows
from mma_eval.model import Clip, Question
from mma_eval.run.questions import ClipQuestions, Key, Target, targets_of
from mma_eval.run.record import Selection

_INDEX = ["id", "clip_id", "visual_class", "video_sha256", "audio_sha256"]
_TEXT = [
    "id", "clip_id", "donor_id", "condition", "visual_class", "audio_class", "caption_class", "visual_present",
    "audio_present", "visual_question", "audio_question", "start_seconds", "end_seconds",
]  # fmt: skip
_MEDIA = ["video", "audio"]


class QuestionSource(Protocol):
    """A source of questions about clips, such as a dataset or a manifest."""

    @property
    def questions(self) -> int:
        """Total number of questions."""

    def left(self, done: Collection[Key]) -> int:
        """Count the open questions, whose keys are not in `done`."""

    def clip_questions(self, done: Collection[Key] = ()) -> Iterator[ClipQuestions]:
        """Yield the clips with their open questions, reading media lazily."""

    def outline(self, done: Collection[Key] = ()) -> Iterator[tuple[float, list[Question]]]:
        """Yield each clip's duration in seconds and its open questions, without reading media."""


class _Place(NamedTuple):
    shard: int
    row: int
    row_id: str


@dataclass(frozen=True)
class EvalPlan:
    """The selected clips and the positions of their rows, without text and media.

    Reading a row raises a DataFolderError if a file cannot be read.
    """

    data: BuiltDataset
    selection: Selection
    shards: Sequence[Shard]
    places: Sequence[tuple[_Place, ...]]
    """Groups of rows with the same clip and media."""
    clips_there: int
    """Number of clips in the selected conditions, before the limit and the part are applied."""

    @property
    def questions(self) -> int:
        """Total number of questions."""
        s = self.selection
        return sum(map(len, self.places)) * len(s.prompts) * len(s.variants) * len(s.seeds)

    def left(self, done: Collection[Key]) -> int:
        """Count the open questions; `done` must contain only keys of this plan."""
        return self.questions - len(done)

    def clip_questions(self, done: Collection[Key] = ()) -> Iterator[ClipQuestions]:
        """Yield the clips with their open questions, reading media lazily."""
        with _readers(self.shards, _TEXT) as text, _readers(self.shards, _MEDIA) as media:
            for place, targets in self._open_targets(text, done):
                yield ClipQuestions(_clip(text, media, place), tuple(targets))

    def targets(self) -> Iterator[Target]:
        """Yield every question with the data needed to judge its answer, without reading media."""
        with _readers(self.shards, _TEXT) as text:
            for _, targets in self._open_targets(text, ()):
                yield from targets

    def outline(self, done: Collection[Key] = ()) -> Iterator[tuple[float, list[Question]]]:
        """Yield each clip's duration in seconds and its open questions, without reading media."""
        with _readers(self.shards, _TEXT) as text:
            for place, targets in self._open_targets(text, done):
                row = text[place.shard].row(place.row)
                yield row["end_seconds"] - row["start_seconds"], [target.question for target in targets]

    def _open_targets(
        self, text: Sequence[ShardReader], done: Collection[Key]
    ) -> Iterator[tuple[_Place, list[Target]]]:
        """Yield the open questions about each clip with the position of one of its rows."""
        s = self.selection
        for places in self.places:
            targets = [
                target
                for place in places
                # Rows that are done are not read, so that a resumed run starts at once.
                if not all((place.row_id, p, v, k) in done for p in s.prompts for v in s.variants for k in s.seeds)
                for target in targets_of(text[place.shard].row(place.row), self.data.classes, s)
                if target.key not in done
            ]
            if targets:
                yield places[0], targets


def plan_evaluation(data: BuiltDataset, selection: Selection) -> EvalPlan:
    """Find the rows of a selection and group those with the same video and audio.

    Raises:
        OptionsError: the dataset lacks a condition or the split.
        DataFolderError: a file cannot be read.
    """
    shards = data.select(selection.conditions, [selection.split])
    index: list[tuple[_Place, dict[str, Json]]] = []
    for shard_number, shard in enumerate(shards):
        ShardReader(shard, [*_TEXT, *_MEDIA, *_INDEX]).check()
        records = enumerate(stored_rows(shard, _INDEX))
        index += [(_Place(shard_number, number, record["id"]), record) for number, record in records]
    clips = {record["clip_id"] for _, record in index}
    wanted = limited([record for _, record in index], selection.limit)
    groups: dict[tuple[str, str, str], list[_Place]] = {}
    for place, record in index:
        if record["clip_id"] in wanted and in_part(record["clip_id"], selection.part):
            key = (record["clip_id"], record["video_sha256"], record["audio_sha256"])
            groups.setdefault(key, []).append(place)
    return EvalPlan(data, selection, shards, list(map(tuple, groups.values())), len(clips))


def in_part(clip_id: str, part: tuple[int, int]) -> bool:
    """Check whether part (i, n) includes a clip; depends only on the clip's id.

    >>> [in_part("abc_30000", (i, 3)) for i in (1, 2, 3)].count(True)
    1
    """
    i, n = part
    return int.from_bytes(hashlib.sha256(clip_id.encode()).digest()[:8], "big") % n == i - 1


def limited(index: Sequence[dict[str, Json]], limit: int | None) -> set[str]:
    """Choose `limit` clips round-robin over the visual classes, so that few clips cover many classes; None: all."""
    by_class: dict[int, dict[str, None]] = {}
    for record in index:
        by_class.setdefault(record["visual_class"], {})[record["clip_id"]] = None
    if limit is None:
        return {clip for clips in by_class.values() for clip in clips}
    queues = [list(clips) for _, clips in sorted(by_class.items())]
    in_turn = (queue[k] for k in range(max(map(len, queues), default=0)) for queue in queues if k < len(queue))
    return {clip for _, clip in zip(range(limit), in_turn, strict=False)}


@contextmanager
def _readers(shards: Sequence[Shard], columns: list[str]) -> Iterator[list[ShardReader]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(ShardReader(shard, columns))) for shard in shards]


def _clip(text: Sequence[ShardReader], media: Sequence[ShardReader], place: _Place) -> Clip:
    row, stored = text[place.shard].row(place.row), media[place.shard].row(place.row)
    return Clip(
        id=row["clip_id"],
        video=stored["video"]["bytes"],
        audio=stored["audio"]["bytes"],
        visual_present=row["visual_present"],
        audio_present=row["audio_present"],
        seconds=row["end_seconds"] - row["start_seconds"],
    )
