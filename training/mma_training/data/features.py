"""Cache the frozen encoders' features on disk, one file per video or audio stream, keyed by the stream's digest.

A clip in the train split occurs in eleven rows, and each row is used for two questions in each of five epochs. The
encoder output for its streams is always the same.
"""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mma_bench.core.files import write_bytes
from mma_bench.dataset.reading import BuiltDataset
from mma_bench.dataset.shards import ShardReader
from mma_bench.media.sound import SAMPLE_RATE
from mma_eval.model import Clip
from mma_eval.models.omni import OmniModel
from mma_training.data.rows import TuningRow

Kind = Literal["video", "audio"]
Tensors = Mapping[str, Any]
"""torch tensors by name of the model input or output."""

_DECODED_AHEAD = 4  # clips in memory, tens of megabytes each
_ENCODER_INPUTS: Mapping[Kind, tuple[str, str]] = {
    "video": ("pixel_values_videos", "video_grid_thw"),
    "audio": ("input_features", "feature_attention_mask"),
}
"""Processor outputs that each encoder takes as inputs: the media, then their grid or mask."""
_BLANK_FRAME = (56, 56)  # height and width, for families that accept frames of any size
_KEY_FIELDS = ("family", "name", "revision", "dtype", "device", "attention", "fps", "size", "min_pixels", "max_pixels")
_KEY_LIBRARIES = ("av", "torch", "transformers")
"""Libraries whose versions can change the features; together with `_KEY_FIELDS` they form the cache key."""


@dataclass(frozen=True)
class Stream:
    """A distinct video or audio stream, which many rows may share."""

    kind: Kind
    sha256: str
    """Digest of the stream's packet payloads, as stored in the dataset."""
    row: TuningRow
    """One of the rows that contain the stream."""


@dataclass(frozen=True)
class Features:
    """The encoder's output for one stream."""

    tensors: Tensors
    shape: tuple[int, ...]
    """Shape of the decoded stream, which determines token positions: (T, H, W) for video, (samples,) for audio."""


def distinct_streams(rows: Sequence[TuningRow]) -> list[Stream]:
    """List each distinct video and audio stream once, ordered by the first row that contains it."""
    found: dict[tuple[Kind, str], Stream] = {}
    for row in sorted(rows, key=lambda r: (r.shard, r.number)):
        for stream in (Stream("video", row.video_sha256, row), Stream("audio", row.audio_sha256, row)):
            found.setdefault((stream.kind, stream.sha256), stream)
    return list(found.values())


class ClipReader:
    """Read the clips of rows; fastest for adjacent rows of a file. Not thread-safe."""

    def __init__(self, data: BuiltDataset, conditions: Sequence[str], split: str) -> None:
        self._readers = [ShardReader(shard, ["video", "audio"]) for shard in data.select(conditions, [split])]

    def clip(self, row: TuningRow) -> Clip:
        """Read the clip of a row; raise DataFolderError if its Parquet file cannot be read."""
        stored = self._readers[row.shard].row(row.number)
        return Clip(id=row.id, video=stored["video"]["bytes"], audio=stored["audio"]["bytes"])

    def close(self) -> None:
        """Close the Parquet files."""
        for reader in self._readers:
            reader.close()


class FeatureStore:
    """Store encoder features on disk. Reads are thread-safe, and several processes may write at once."""

    def __init__(self, cache: Path, omni: OmniModel) -> None:
        description = omni.describe()
        key = {name: description[name] for name in _KEY_FIELDS} | {name: version(name) for name in _KEY_LIBRARIES}
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        self.folder = cache / f"{Path(omni.name).name}-{digest[:16]}"

    def has(self, stream: Stream) -> bool:
        """Return True if the features of a stream are stored."""
        return self._file(stream.kind, stream.sha256).exists()

    def read(self, kind: Kind, sha256: str) -> Features:
        """Read the features of a stream; they must be stored."""
        with self._open(kind, sha256) as file:
            return Features({name: file.get_tensor(name) for name in file.keys()}, _shape(file))  # noqa: SIM118

    def shape(self, kind: Kind, sha256: str) -> tuple[int, ...]:
        """Read `Features.shape` of a stream without loading its tensors."""
        with self._open(kind, sha256) as file:
            return _shape(file)

    def write(self, stream: Stream, features: Features) -> None:
        """Store a stream's features; raise StorageError if the disk is full or read-only."""
        from safetensors.torch import save

        content = save(dict(features.tensors), {"shape": json.dumps(features.shape)})
        write_bytes(self._file(stream.kind, stream.sha256), content)

    def _open(self, kind: Kind, sha256: str) -> Any:
        from safetensors import safe_open

        return safe_open(self._file(kind, sha256), framework="pt")

    def _file(self, kind: Kind, sha256: str) -> Path:
        return self.folder / kind / sha256[:2] / f"{sha256}.safetensors"


def _shape(file: Any) -> tuple[int, ...]:
    return tuple(json.loads(file.metadata()["shape"]))


def encode_streams(
    omni: OmniModel,
    streams: Sequence[Stream],
    reader: ClipReader,
    store: FeatureStore,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Encode the streams missing from the store, while threads decode the next clips; return their number.

    Calls `progress` after each stream with the number encoded so far and the total.
    """
    missing = [stream for stream in streams if not store.has(stream)]
    for done, (stream, inputs, shape) in enumerate(_prepared(omni, missing, reader), 1):
        store.write(stream, Features(encode(omni.thinker, stream.kind, inputs), shape))
        progress(done, len(missing))
    return len(missing)


def encode(thinker: Any, kind: Kind, inputs: Tensors) -> Tensors:
    """Run the video or audio encoder on the processor's output for one clip, without gradients.

    Returns:
        `tokens` of shape (n, hidden); for video in Qwen3-Omni also `deepstack` of shape (layers, n, hidden).
    """
    import torch

    encoder = thinker.get_video_features if kind == "video" else thinker.get_audio_features
    media, extent = (inputs[name].to(thinker.device) for name in _ENCODER_INPUTS[kind])
    with torch.no_grad():
        found = encoder(media.to(thinker.dtype), extent, return_dict=True)
    tensors = {"tokens": torch.cat(found.pooler_output) if kind == "video" else found.last_hidden_state}
    layers = [torch.cat(layer) for layer in getattr(found, "deepstack_features", None) or ()]
    if layers:
        tensors["deepstack"] = torch.stack(layers)
    return {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}


def _encoder_inputs(omni: OmniModel, kind: Kind, clip: Clip) -> tuple[Tensors, tuple[int, ...]]:
    """Preprocess one stream of a clip, and a blank for the other; return the inputs and the decoded stream's shape."""
    if kind == "video":
        frames = omni.frames_of(clip)
        return omni.process(frames, np.zeros(SAMPLE_RATE, np.float32)), frames.shape[:3]
    sound = clip.sound()
    height, width = omni.describe()["size"] or _BLANK_FRAME
    return omni.process(np.zeros((2, height, width, 3), np.uint8), sound), sound.shape


def _prepared(
    omni: OmniModel, streams: Sequence[Stream], reader: ClipReader
) -> Iterator[tuple[Stream, Tensors, tuple[int, ...]]]:
    waiting: deque[tuple[Stream, Future[Any]]] = deque()
    with ThreadPoolExecutor(2, thread_name_prefix="decode") as pool:
        for stream in streams:
            waiting.append((stream, pool.submit(_encoder_inputs, omni, stream.kind, reader.clip(stream.row))))
            if len(waiting) > _DECODED_AHEAD:
                ready, future = waiting.popleft()
                yield ready, *future.result()
        for ready, future in waiting:
            yield ready, *future.result()
