"""What the page works with: clips, voices, what was found before, and where files lie for a while."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from mma_bench.files import write_bytes
from mma_bench.pool import WorkerPool
from mma_space.gallery import open_gallery
from mma_space.library import Library
from mma_space.made_clip import MadeClip
from mma_space.precomputed import shipped_probes
from mma_space.probing import Memory
from mma_space.settings import Settings
from mma_space.voices import Voices

_SHOWN_AT_ONCE = 64  # clips on disk; gradio copies each as soon as it is handed over


@dataclass(frozen=True)
class Space:
    """Everything behind the page."""

    settings: Settings
    notice: str
    """What a visitor should know, such as that another model answers; empty where there is nothing."""
    library: Library
    voices: Voices
    memory: Memory
    readers: WorkerPool
    """Where uploads are decoded."""
    shelf: Shelf


class Shelf:
    """Clips as files, for the page to play; the oldest are removed. Thread-safe."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mma-space-")
        self._files: OrderedDict[Path, None] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, made: MadeClip) -> Path:
        """The clip's mp4, named by its digest."""
        path = Path(self._folder.name) / f"{made.sha256[:24]}.mp4"
        with self._lock:
            if path not in self._files:
                write_bytes(path, made.clip.video)
            self._files[path] = None
            self._files.move_to_end(path)
            while len(self._files) > _SHOWN_AT_ONCE:
                self._files.popitem(last=False)[0].unlink(missing_ok=True)
        return path


def open_space(settings: Settings, notice: str = "") -> Space:
    """Everything that a page needs; the model is yet to be loaded.

    Raises:
        DataFolderError: there is no such dataset.
        OptionsError: too few clips.
    """
    voices = Voices(settings.model, settings.adapter)
    library = Library(open_gallery(settings.data, settings.clips))
    memory = Memory(shipped_probes(library, settings.model, settings.adapter))
    return Space(settings, notice, library, voices, memory, WorkerPool(1), Shelf())
