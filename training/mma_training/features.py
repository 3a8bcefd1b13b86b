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

from mma_bench.files import write_bytes
from mma_eval.model import Clip
from mma_eval.models.omni import OmniModel
from mma_training.streams import ClipReader, Kind, Stream, stream_file

_AHEAD = 4  # decoded clips; tens of megabytes each
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
        encode = encode_video if stream.kind == "video" else encode_audio
        store.write(stream, Features(encode(omni.thinker, inputs), shape))
        progress(done, len(missing))
    return len(missing)


def encode_video(thinker: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Run the vision encoder on a clip's frames: tokens (n, hidden), in Qwen3-Omni deepstack (layers, n, hidden)."""
    import torch

    with torch.no_grad():
        seen = thinker.get_video_features(
            inputs["pixel_values_videos"].to(thinker.device, thinker.dtype),
            inputs["video_grid_thw"].to(thinker.device),
            return_dict=True,
        )
    layers = [torch.cat(layer) for layer in getattr(seen, "deepstack_features", None) or ()]
    tensors = {"tokens": torch.cat(seen.pooler_output), **({"deepstack": torch.stack(layers)} if layers else {})}
    return {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}


def encode_audio(thinker: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Run the audio encoder on a clip's sound: tokens (n, hidden)."""
    import torch

    with torch.no_grad():
        heard = thinker.get_audio_features(
            inputs["input_features"].to(thinker.device, thinker.dtype),
            inputs["feature_attention_mask"].to(thinker.device),
            return_dict=True,
        )
    return {"tokens": heard.last_hidden_state.cpu().contiguous()}


def _prepared(
    omni: OmniModel, streams: Sequence[Stream], reader: ClipReader
) -> Iterator[tuple[Stream, Mapping[str, Any], tuple[int, ...]]]:
    def prepare(stream: Stream, clip: Clip) -> tuple[Mapping[str, Any], tuple[int, ...]]:
        frames, sound = omni.frames_of(clip), clip.sound()
        return omni.process(frames, sound), frames.shape[:3] if stream.kind == "video" else sound.shape

    waiting: deque[tuple[Stream, Future[Any]]] = deque()
    with ThreadPoolExecutor(2, thread_name_prefix="decode") as pool:
        for stream, clip in reader.clips(streams):
            waiting.append((stream, pool.submit(prepare, stream, clip)))
            if len(waiting) > _AHEAD:
                ready, future = waiting.popleft()
                yield ready, *future.result()
        for ready, future in waiting:
            yield ready, *future.result()
