"""What the page works with: clips, voices, what was found before, and where files lie for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mma_bench.core.executor import WorkerPool
from mma_bench.core.files import write_bytes
from mma_space.answering.model_pair import Voices
from mma_space.answering.precomputed import are_still_true, shipped_probes
from mma_space.answering.probing import Memory
from mma_space.clips.gallery import open_gallery
from mma_space.clips.library import Library
from mma_space.clips.made_clip import MadeClip
from mma_space.settings import Settings

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

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: OrderedDict[Path, None] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, made: MadeClip) -> Path:
        """The clip's mp4, named by its digest."""
        path = self._folder / f"{made.sha256[:24]}.mp4"
        with self._lock:
            if not path.exists():
                write_bytes(path, made.clip.video)
            self._files[path] = None
            self._files.move_to_end(path)
            while len(self._files) > _SHOWN_AT_ONCE:
                self._files.popitem(last=False)[0].unlink(missing_ok=True)
        return path


@contextmanager
def open_space(settings: Settings, folder: Path, notice: str = "") -> Iterator[Space]:
    """Everything that a page needs; the model is yet to be loaded.

    Args:
        settings: what is shown and who answers.
        folder: for the clips that are played.
        notice: for visitors.

    Raises:
        DataFolderError: there is no such dataset.
        OptionsError: too few clips.
    """
    library = Library(open_gallery(settings.data, settings.clips))
    memory = Memory(shipped_probes(library, settings.model, settings.adapter))
    voices = Voices(settings.model, settings.adapter)
    with WorkerPool(1) as readers:
        yield Space(settings, notice, library, voices, memory, readers, Shelf(folder))


def load_voices(space: Space) -> None:
    """Load the model; answers that came along are forgotten where it is not the one that gave them."""
    space.voices.load()
    if not are_still_true(space.voices):
        space.memory.clear()
