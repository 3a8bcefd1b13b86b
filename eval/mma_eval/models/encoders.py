"""Encode video and audio streams, each only once for all clips and questions that share it."""

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from threading import Lock
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")
Inputs = Mapping[str, Any]
"""Tensors returned by a processor for a prompt, by name."""


def encode_video(thinker: Any, inputs: Inputs) -> Any:
    """Run the video encoder; its features replace the video tokens in `prefix.encode`."""
    pixels = inputs["pixel_values_videos"].to(thinker.device, thinker.dtype)
    encoded = thinker.get_video_features(pixels, inputs["video_grid_thw"].to(thinker.device), return_dict=True)
    encoded.last_hidden_state = None  # unused features before patch merging, several times as large
    return encoded


def encode_audio(thinker: Any, inputs: Inputs) -> Any:
    """Run the audio encoder; return its features as (tokens, hidden)."""
    spectrogram = inputs["input_features"].to(thinker.device, thinker.dtype)
    mask = inputs["feature_attention_mask"].to(thinker.device)
    return thinker.get_audio_features(spectrogram, mask, return_dict=True).last_hidden_state


class LRUCache(Generic[Value]):
    """Thread-safe least-recently-used cache; concurrent requests for a key compute its value once."""

    def __init__(self, size: int) -> None:
        """Create an empty cache that keeps `size` values."""
        self._size = size
        self._values: dict[Hashable, Future[Value]] = {}
        self._lock = Lock()

    def get(self, key: Hashable | None, compute: Callable[[], Value]) -> Value:
        """Return the value of a key, computing a missing value; with key None, compute without caching.

        An exception from `compute` is raised in every waiting thread and is not cached.
        """
        if key is None:
            return compute()
        with self._lock:
            found = self._values.pop(key, None)
            value = found or Future[Value]()
            self._values[key] = value  # the end is the most recently used
            if len(self._values) > self._size:
                del self._values[next(iter(self._values))]
        if found is None:
            try:
                value.set_result(compute())
            except BaseException as error:
                with self._lock:
                    if self._values.get(key) is value:
                        del self._values[key]
                value.set_exception(error)
        return value.result()
