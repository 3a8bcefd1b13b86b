"""Hold the state behind the page: clips, models, cached answers and files for the player."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mma_bench.core.executor import WorkerPool
from mma_bench.core.files import write_bytes
from mma_space.answering.model_pair import ModelPair
from mma_space.answering.precomputed import are_still_true, shipped_probes
from mma_space.answering.probing import ProbeCache
from mma_space.clips.gallery import Library, open_gallery
from mma_space.clips.made_clip import MadeClip
from mma_space.settings import Settings

_FILES_KEPT = 64  # gradio copies each file on receiving its path


@dataclass(frozen=True)
class Space:
    """The state behind the page."""

    settings: Settings
    notice: str
    """A notice for visitors, such as that the model was replaced; empty if there is none."""
    library: Library
    models: ModelPair
    probes: ProbeCache
    decoders: WorkerPool
    """Process pool that decodes uploads."""
    clip_cache: ClipCache


class ClipCache:
    """Thread-safe LRU cache of rendered clips, stored as files for the player."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: OrderedDict[Path, None] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, made: MadeClip) -> Path:
        """Write a clip's mp4, named by its digest, and return its path."""
        path = self._folder / f"{made.sha256[:24]}.mp4"
        with self._lock:
            if not path.exists():
                write_bytes(path, made.clip.video)
            self._files[path] = None
            self._files.move_to_end(path)
            while len(self._files) > _FILES_KEPT:
                self._files.popitem(last=False)[0].unlink(missing_ok=True)
        return path


@contextmanager
def open_space(settings: Settings, folder: Path, notice: str = "") -> Iterator[Space]:
    """Create the state behind the page, without loading the model; `folder` is for the player's files.

    Raises:
        DataFolderError: the dataset does not exist.
        OptionsError: the selected clips have fewer than three classes.
    """
    library = Library(open_gallery(settings.data, settings.clips))
    probes = ProbeCache(shipped_probes(library, settings.model, settings.adapter))
    models = ModelPair(settings.model, settings.adapter)
    with WorkerPool(1, imports=["mma_space.clips.uploads"]) as decoders:
        yield Space(settings, notice, library, models, probes, decoders, ClipCache(folder))


def load_models(space: Space) -> None:
    """Load the model; clear the cached answers unless this model gave the precomputed ones."""
    space.models.load()
    if not are_still_true(space.models):
        space.probes.clear()
