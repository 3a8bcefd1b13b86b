"""Provide the clips offered on the page, from a built dataset or drawn synthetically."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from mma_bench import __version__
from mma_bench.benchmark.pairing import pair_donors
from mma_bench.benchmark.prompts import LongContext, misleading_class
from mma_bench.core.errors import OptionsError
from mma_bench.dataset.reading import BuiltDataset, resolve_dataset
from mma_bench.dataset.shards import Shard, ShardReader, stored_rows
from mma_bench.media.frames import sample_frames
from mma_bench.sources.synthetic.drawing import Drawing, list_synthetic
from mma_eval.run.plan import limited

if TYPE_CHECKING:
    from PIL.Image import Image

SEED = 0
"""Seed for donors, captions and random text."""
_STILL_AT = 3.0  # seconds


@dataclass(frozen=True)
class GalleryClip:
    """An unmodified clip."""

    id: str
    class_name: str
    still: Callable[[], Image]
    """Returns one frame."""
    read: Callable[[], bytes]
    """Returns the mp4 with video and audio."""


@dataclass(frozen=True)
class Gallery:
    """The clips offered, with the classes, donors and long context that the conditions need."""

    identity: str
    """Identifier of the set of clips; equal identities mean equal clips."""
    classes: tuple[str, ...]
    """The options of every question."""
    clips: Mapping[str, GalleryClip]
    donors: Mapping[str, str]
    """Donor by clip: a clip of another class, whose audio is used under `misaligned`."""
    long_context: LongContext

    def caption(self, clip_id: str, visual_class: str | None, audio_class: str | None) -> str:
        """Choose the class of a clip's misleading caption, different from its visual and its audio class."""
        return misleading_class(visual_class or "", audio_class or "", self.classes, seed=SEED, clip_id=clip_id)


def open_gallery(data: str | None, count: int) -> Gallery:
    """Select clips of a built dataset or drawn clips, without reading media.

    Args:
        data: folder or Hub id of a built dataset; None to draw clips.
        count: number of clips, spread over the classes.

    Raises:
        DataFolderError: the dataset does not exist.
        OptionsError: the clips have fewer than three classes.
    """
    return _drawn_gallery(count) if data is None else _built_gallery(resolve_dataset(data, ("aligned",), "test"), count)


def _drawn_gallery(count: int) -> Gallery:
    listing = list_synthetic(seed=SEED, per_split=count, size=None, seconds=10.0, splits=["test"])
    clips = [_drawn_clip(clip.clip_id, clip.media) for clip in listing.clips if isinstance(clip.media, Drawing)]
    return _gallery(f"drawn {__version__} {SEED}", clips, None, listing.long_context)


def _drawn_clip(clip_id: str, drawing: Drawing) -> GalleryClip:
    return GalleryClip(clip_id, drawing.class_name, lambda: next(drawing.stills([_STILL_AT])), cache(drawing.render))


def _built_gallery(data: BuiltDataset, count: int) -> Gallery:
    (shards, lock) = data.select(("aligned",), ("test",)), threading.Lock()
    index = [
        (record, shard, number)
        for shard in shards
        for number, record in enumerate(stored_rows(shard, ["clip_id", "visual_class"]))
    ]
    chosen = limited([record for record, _, _ in index], count)
    clips = [
        _stored_clip(record["clip_id"], data.classes[record["visual_class"]], partial(_read, shard, number, lock))
        for record, shard, number in index
        if record["clip_id"] in chosen
    ]
    return _gallery(data.digest, clips, tuple(data.classes), data.record.long_context.value())


def _stored_clip(clip_id: str, class_name: str, read: Callable[[], bytes]) -> GalleryClip:
    def still() -> Image:
        from PIL import Image

        frames = sample_frames(read(), fps=1 / _STILL_AT)
        return Image.fromarray(frames[min(1, len(frames) - 1)])

    return GalleryClip(clip_id, class_name, still, read)


def _read(shard: Shard, number: int, lock: threading.Lock) -> bytes:
    with lock:  # only one row group in memory at a time
        reader = ShardReader(shard, ["video"])
        try:
            video: bytes = reader.row(number)["video"]["bytes"]
        finally:
            reader.close()
    return video


def _gallery(identity: str, clips: list[GalleryClip], classes: tuple[str, ...] | None, context: LongContext) -> Gallery:
    options = classes or tuple(sorted({clip.class_name for clip in clips}))
    if len({clip.class_name for clip in clips}) < 3:
        raise OptionsError(
            f"{len(clips)} clips of {len({c.class_name for c in clips})} classes; conflicts need at least three "
            "classes; choose another dataset, or more clips"
        )
    ordered = sorted(clips, key=lambda clip: (clip.class_name, clip.id))
    donors = pair_donors({clip.id: clip.class_name for clip in ordered}, seed=SEED)
    by_id = {clip.id: clip for clip in ordered}
    return Gallery(f"{identity} {len(clips)}", options, by_id, donors, context)
