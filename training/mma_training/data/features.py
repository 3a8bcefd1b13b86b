"""What the frozen encoders give, computed once per picture and per sound, kept on disk by the content's digest.

A clip of the benchmark's train split occurs in eleven rows, each asked twice and five epochs long; its encoders' output
is the same every time.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from mma_bench.core.files import write_bytes
from mma_bench.media.sound import SAMPLE_RATE
from mma_eval.model import Clip
from mma_eval.models.omni import OmniModel
from mma_training.data.streams import ClipReader, Kind, Stream, stream_file

_AHEAD = 4  # decoded clips; tens of megabytes each
_TAKES: Mapping[Kind, tuple[str, str]] = {
    "video": ("pixel_values_videos", "video_grid_thw"),
    "audio": ("input_features", "feature_attention_mask"),
}
"""Of the processor's inputs: the media, and how much of them there is."""
_SMALL = (56, 56)  # of a blank frame, where the family takes any size
_DECIDES = ("family", "name", "revision", "dtype", "device", "attention", "fps", "size", "min_pixels", "max_pixels")
_LIBRARIES = ("av", "torch", "transformers")
"""Of a model's description, and of what is installed: what the features of a stream depend on."""


@dataclass(frozen=True)
class Features:
    """Of one stream."""

    tensors: Mapping[str, Any]
    """tokens (n, hidden); of a picture in Qwen3-Omni also deepstack (layers, n, hidden)."""
    shape: tuple[int, ...]
    """Of what was encoded: (T, H, W) of frames, or (samples,): it decides where the tokens stand."""


class FeatureStore:
    """Features on disk. Reading is thread-safe; several processes may write, each whole files."""

    def __init__(self, cache: Path, omni: OmniModel) -> None:
        description = omni.describe()
        decides = {name: description[name] for name in _DECIDES} | {name: version(name) for name in _LIBRARIES}
        content = json.dumps(decides, sort_keys=True)
        self.folder = cache / f"{Path(omni.name).name}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"

    def has(self, stream: Stream) -> bool:
        """Whether the features of a stream are there."""
        return stream_file(self.folder, stream.kind, stream.sha256).exists()

    def read(self, kind: Kind, sha256: str) -> Features:
        """The features of a stream that is there."""
        from safetensors import safe_open

        with safe_open(stream_file(self.folder, kind, sha256), framework="pt") as file:
            return Features({name: file.get_tensor(name) for name in file.keys()}, _shape(file))  # noqa: SIM118

    def shape(self, kind: Kind, sha256: str) -> tuple[int, ...]:
        """The shape of what was encoded, as `Features` has it."""
        from safetensors import safe_open

        with safe_open(stream_file(self.folder, kind, sha256), framework="pt") as file:
            return _shape(file)

    def write(self, stream: Stream, features: Features) -> None:
        """Keep the features of a stream.

        Raises:
            StorageError: the disk is full or does not let us write.
        """
        from safetensors.torch import save

        content = save(dict(features.tensors), {"shape": json.dumps(features.shape)})
        write_bytes(stream_file(self.folder, stream.kind, stream.sha256), content)


def _shape(file: Any) -> tuple[int, ...]:
    return tuple(json.loads(file.metadata()["shape"]))


def encode_streams(
    omni: OmniModel,
    streams: Sequence[Stream],
    reader: ClipReader,
    store: FeatureStore,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Run the encoders over the streams that are not in the store; clips are decoded ahead in threads.

    Args:
        omni: loaded.
        streams: distinct.
        reader: of their clips.
        store: to fill.
        progress: told how many are done, and of how many.

    Returns:
        How many were encoded.
    """
    missing = [stream for stream in streams if not store.has(stream)]
    for done, (stream, inputs, shape) in enumerate(_prepared(omni, missing, reader), 1):
        store.write(stream, Features(encode(omni.thinker, stream.kind, inputs), shape))
        progress(done, len(missing))
    return len(missing)


def encode(thinker: Any, kind: Kind, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Run an encoder on a clip's picture or sound.

    Args:
        thinker: of either family.
        kind: which of its encoders.
        inputs: the processor's, of one clip.

    Returns:
        tokens (n, hidden); of a picture in Qwen3-Omni also deepstack (layers, n, hidden).
    """
    import torch

    encoder = thinker.get_video_features if kind == "video" else thinker.get_audio_features
    media, extent = (inputs[name].to(thinker.device) for name in _TAKES[kind])
    with torch.no_grad():
        found = encoder(media.to(thinker.dtype), extent, return_dict=True)
    tensors = {"tokens": torch.cat(found.pooler_output) if kind == "video" else found.last_hidden_state}
    layers = [torch.cat(layer) for layer in getattr(found, "deepstack_features", None) or ()]
    if layers:
        tensors["deepstack"] = torch.stack(layers)
    return {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}


def inputs_of(omni: OmniModel, kind: Kind, clip: Clip) -> tuple[Mapping[str, Any], tuple[int, ...]]:
    """What an encoder takes of a clip, and its shape. The other stream is not decoded: a blank stands for it."""
    if kind == "video":
        frames = omni.frames_of(clip)
        return omni.process(frames, np.zeros(SAMPLE_RATE, np.float32)), frames.shape[:3]
    sound = clip.sound()
    height, width = omni.describe()["size"] or _SMALL
    return omni.process(np.zeros((2, height, width, 3), np.uint8), sound), sound.shape


def _prepared(
    omni: OmniModel, streams: Sequence[Stream], reader: ClipReader
) -> Iterator[tuple[Stream, Mapping[str, Any], tuple[int, ...]]]:
    waiting: deque[tuple[Stream, Future[Any]]] = deque()
    with ThreadPoolExecutor(2, thread_name_prefix="decode") as pool:
        for stream, clip in reader.clips(streams):
            waiting.append((stream, pool.submit(inputs_of, omni, stream.kind, clip)))
            if len(waiting) > _AHEAD:
                ready, future = waiting.popleft()
                yield ready, *future.result()
        for ready, future in waiting:
            yield ready, *future.result()
