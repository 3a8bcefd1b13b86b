"""Look up clips by name: the gallery's, and visitors' uploads while they are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from mma_bench.core.errors import OptionsError
from mma_space.clips.gallery import Gallery
from mma_space.clips.uploads import Upload

MAX_BYTES = 256_000_000
"""Bytes of all uploads kept at once; the least recently used are dropped."""


@dataclass(frozen=True)
class Description:
    """A clip's classes and streams, which are known without reading it."""

    visual_class: str | None
    """None if nobody gave it."""
    audio_class: str | None
    """None if nobody gave it."""
    has_video: bool = True
    has_audio: bool = True


class Library:
    """Clips by their names. Thread-safe."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self._uploads: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, upload: Upload) -> None:
        """Keep an upload until newer ones need its place."""
        with self._lock:
            self._uploads[upload.id] = upload
            self._uploads.move_to_end(upload.id)
            while len(self._uploads) > 1 and sum(len(u.mp4) for u in self._uploads.values()) > MAX_BYTES:
                self._uploads.popitem(last=False)

    def describe(self, name: str) -> Description:
        """Describe a clip.

        Raises:
            OptionsError: there is no clip of that name.
        """
        if name in self.gallery.clips:
            class_name = self.gallery.clips[name].class_name
            return Description(class_name, class_name)
        upload = self._upload(name)
        return Description(upload.visual_class, upload.audio_class, upload.has_video, upload.has_audio)

    def read(self, name: str) -> bytes:
        """Read a clip's mp4.

        Raises:
            OptionsError: there is no clip of that name.
        """
        return self.gallery.clips[name].read() if name in self.gallery.clips else self._upload(name).mp4

    def donor(self, name: str) -> str:
        """Return the donor of a clip under `misaligned`: a clip of another class than its visual class.

        Raises:
            OptionsError: there is no clip of that name.
        """
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
            raise OptionsError("this upload is no longer here; uploads are kept for a while only, bring it again")
        raise OptionsError(f"there is no clip {name[:80]!r}; choose one of the gallery")
