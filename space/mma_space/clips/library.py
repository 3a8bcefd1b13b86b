"""Look up clips by name, in the gallery or among visitors' uploads."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from mma_bench.core.errors import OptionsError
from mma_space.clips.gallery import Gallery
from mma_space.clips.uploads import Upload

MAX_BYTES = 256_000_000
"""Maximum bytes of all uploads; the least recently used are dropped beyond it."""


@dataclass(frozen=True)
class Description:
    """A clip's classes and streams, known without reading the media."""

    visual_class: str | None
    """None if unknown."""
    audio_class: str | None
    """None if unknown."""
    has_video: bool = True
    has_audio: bool = True


class Library:
    """Thread-safe lookup of gallery clips and uploads by name."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self._uploads: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, upload: Upload) -> None:
        """Add an upload, dropping the least recently used beyond `MAX_BYTES`."""
        with self._lock:
            self._uploads[upload.id] = upload
            self._uploads.move_to_end(upload.id)
            while len(self._uploads) > 1 and sum(len(u.mp4) for u in self._uploads.values()) > MAX_BYTES:
                self._uploads.popitem(last=False)

    def describe(self, name: str) -> Description:
        """Return a clip's classes and streams.

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
        """Return a clip's donor under `misaligned`, whose class differs from the clip's visual class.

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
            raise OptionsError("this upload is no longer here; uploads are kept only for a while, so upload it again")
        raise OptionsError(f"there is no clip {name[:80]!r}; choose one from the gallery")
