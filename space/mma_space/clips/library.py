"""All clips that can be named: those of the gallery, and for a while those that visitors brought."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from mma_bench.core.errors import OptionsError
from mma_space.clips.gallery import Gallery
from mma_space.clips.uploads import Upload

MAX_BYTES = 256_000_000
"""Of all uploads that are kept at once; the oldest make room."""


@dataclass(frozen=True)
class Description:
    """What is known of a clip without reading it."""

    shows: str | None
    """The class of its picture; None where nobody said."""
    sounds_like: str | None
    has_picture: bool = True
    has_sound: bool = True


class Library:
    """Clips by their names. Thread-safe."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self._uploads: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, upload: Upload) -> None:
        """Keep what a visitor brought until newer uploads take its place."""
        with self._lock:
            self._uploads[upload.id] = upload
            self._uploads.move_to_end(upload.id)
            while len(self._uploads) > 1 and sum(len(u.mp4) for u in self._uploads.values()) > MAX_BYTES:
                self._uploads.popitem(last=False)

    def describe(self, name: str) -> Description:
        """What is known of a clip.

        Raises:
            OptionsError: there is none of that name.
        """
        if name in self.gallery.clips:
            class_name = self.gallery.clips[name].class_name
            return Description(class_name, class_name)
        upload = self._upload(name)
        return Description(upload.shows, upload.sounds_like, upload.has_picture, upload.has_sound)

    def read(self, name: str) -> bytes:
        """The clip as an mp4.

        Raises:
            OptionsError: there is none of that name.
        """
        return self.gallery.clips[name].read() if name in self.gallery.clips else self._upload(name).mp4

    def donor(self, name: str) -> str:
        """Whose sound a clip gets under `misaligned`: a clip of another class than what it shows.

        Raises:
            OptionsError: there is no clip of that name.
        """
        if name in self.gallery.donors:
            return self.gallery.donors[name]
        shows = self.describe(name).shows
        return next(clip.id for clip in self.gallery.clips.values() if clip.class_name != shows)

    def _upload(self, name: str) -> Upload:
        with self._lock:
            if name in self._uploads:
                self._uploads.move_to_end(name)
                return self._uploads[name]
        if name.startswith("upload-"):
            raise OptionsError("this upload is no longer here; uploads are kept for a while only, bring it again")
        raise OptionsError(f"there is no clip {name[:80]!r}; choose one of the gallery")
