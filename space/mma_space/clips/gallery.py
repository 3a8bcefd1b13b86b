"""Look up clips by name: gallery clips, which are drawn or come from a built dataset, and visitors' uploads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
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
from mma_space.clips.uploads import Upload

if TYPE_CHECKING:
    from PIL.Image import Image

SEED = 0
"""Seed for the choice of donors, captions and random text."""
MAX_BYTES = 256_000_000
"""Maximum total bytes of uploads in memory; beyond it, the least recently used uploads are dropped."""
_STILL_AT = 3.0  # seconds


@dataclass(frozen=True)
class GalleryClip:
    """A clip of the gallery, unmodified."""

    id: str
    class_name: str
    still: Callable[[], Image]
    """Function that returns one frame of the clip."""
    read: Callable[[], bytes]
    """Function that returns the mp4 with video and audio."""


@dataclass(frozen=True)
class Gallery:
    """The clips that the page offers, with the classes, donors and long context that the conditions need."""

    identity: str
    """Identifier of the set of clips; galleries with equal identities have the same clips."""
    classes: tuple[str, ...]
    """Options of every question."""
    clips: Mapping[str, GalleryClip]
    donors: Mapping[str, str]
    """Donor by clip id: a clip of another class that provides the audio in the condition `misaligned`."""
    long_context: LongContext

    def caption(self, clip_id: str, visual_class: str | None, audio_class: str | None) -> str:
        """Choose the class that a clip's misleading caption names, which is neither its visual nor its audio class."""
        return misleading_class(visual_class or "", audio_class or "", self.classes, seed=SEED, clip_id=clip_id)


def open_gallery(data: str | None, count: int) -> Gallery:
    """Select clips, spread over the classes, from a built dataset, or drawn ones if `data` is None; read no media.

    Raises:
        DataFolderError: the dataset does not exist.
        OptionsError: the selected clips have fewer than three classes.
    """
    return _drawn_gallery(count) if data is None else _built_gallery(resolve_dataset(data, ("aligned",), "test"), count)


def _drawn_gallery(count: int) -> Gallery:
    listing = list_synthetic(seed=SEED, per_split=count, size=None, seconds=10.0, splits=["test"])
    clips = [_drawn_clip(clip.clip_id, clip.media) for clip in listing.clips if isinstance(clip.media, Drawing)]
    return _gallery(f"drawn {__version__} {SEED}", clips, None, listing.long_context)


def _drawn_clip(clip_id: str, drawing: Drawing) -> GalleryClip:
    return GalleryClip(clip_id, drawing.class_name, lambda: next(drawing.stills([_STILL_AT])), cache(drawing.render))


def _built_gallery(data: BuiltDataset, count: int) -> Gallery:
    lock = threading.Lock()
    index = [
        (record, shard, number)
        for shard in data.select(("aligned",), ("test",))
        for number, record in enumerate(stored_rows(shard, ["clip_id", "visual_class"]))
    ]
    chosen = limited([record for record, _, _ in index], count)
    clips = [
        _stored_clip(record["clip_id"], data.classes[record["visual_class"]], shard, number, lock)
        for record, shard, number in index
        if record["clip_id"] in chosen
    ]
    return _gallery(data.digest, clips, tuple(data.classes), data.record.long_context.value())


def _stored_clip(clip_id: str, class_name: str, shard: Shard, number: int, lock: threading.Lock) -> GalleryClip:
    def read() -> bytes:
        with lock, closing(ShardReader(shard, ["video"])) as reader:  # only one row group in memory at a time
            video: bytes = reader.row(number)["video"]["bytes"]
        return video

    def still() -> Image:
        from PIL import Image

        frames = sample_frames(read(), fps=1 / _STILL_AT)
        return Image.fromarray(frames[min(1, len(frames) - 1)])

    return GalleryClip(clip_id, class_name, still, read)


def _gallery(identity: str, clips: list[GalleryClip], classes: tuple[str, ...] | None, context: LongContext) -> Gallery:
    found = sorted({clip.class_name for clip in clips})
    if len(found) < 3:
        raise OptionsError(
            f"the {len(clips)} chosen clips have only {len(found)} classes, but conflicts need at least three; choose "
            "another dataset (--data or MMA_DATA) or more clips (--clips or MMA_CLIPS)"
        )
    by_id = {clip.id: clip for clip in sorted(clips, key=lambda clip: (clip.class_name, clip.id))}
    donors = pair_donors({name: clip.class_name for name, clip in by_id.items()}, seed=SEED)
    return Gallery(f"{identity} {len(clips)}", classes or tuple(found), by_id, donors, context)


@dataclass(frozen=True)
class Description:
    """A clip's classes, which are None if unknown, and the presence of its streams."""

    visual_class: str | None
    audio_class: str | None
    has_video: bool = True
    has_audio: bool = True


class Library:
    """Look up gallery clips and uploads by name. Thread-safe."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self._uploads: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, upload: Upload) -> None:
        """Add an upload; drop the least recently used ones beyond `MAX_BYTES` in total."""
        with self._lock:
            self._uploads[upload.id] = upload
            self._uploads.move_to_end(upload.id)
            while len(self._uploads) > 1 and sum(len(u.mp4) for u in self._uploads.values()) > MAX_BYTES:
                self._uploads.popitem(last=False)

    def describe(self, name: str) -> Description:
        """Return a clip's classes and streams; raise OptionsError if there is no such clip."""
        if name in self.gallery.clips:
            class_name = self.gallery.clips[name].class_name
            return Description(class_name, class_name)
        upload = self._upload(name)
        return Description(upload.visual_class, upload.audio_class, upload.has_video, upload.has_audio)

    def read(self, name: str) -> bytes:
        """Read a clip's mp4; raise OptionsError if there is no such clip."""
        return self.gallery.clips[name].read() if name in self.gallery.clips else self._upload(name).mp4

    def donor(self, name: str) -> str:
        """Return the name of a clip's donor, which has another class; raise OptionsError if the clip does not exist."""
        if name in self.gallery.donors:
            return self.gallery.donors[name]
        visual_class = self.describe(name).visual_class
        return next(clip.id for clip in self.gallery.clips.values() if clip.class_name != visual_class)

    def _upload(self, name: str) -> Upload:
        with self._lock:
            if name in self._uploads:
                self._uploads.move_to_end(name)
                return self._uploads[name]
        if name.startswith("upload-"):
            raise OptionsError("this upload is no longer here; uploads are kept only for a while, so upload it again")
        raise OptionsError(f"there is no clip {name[:80]!r}; choose one from the gallery")
