"""Encode the video and the audio of a clip, each stream once however many clips and questions share it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from threading import Lock
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")
Inputs = Mapping[str, Any]
"""Tensors that a processor makes of a prompt, by name."""


def encode_video(thinker: Any, inputs: Inputs) -> Any:
    """Run the video encoder; the result depends on nothing else in the prompt.

    Args:
        thinker: a Qwen Omni thinker.
        inputs: the processor's inputs of one clip.

    Returns:
        The encoder's output with the features that `prefix.encode` puts in place of the video tokens.
    """
    pixels = inputs["pixel_values_videos"].to(thinker.device, thinker.dtype)
    encoded = thinker.get_video_features(pixels, inputs["video_grid_thw"].to(thinker.device), return_dict=True)
    encoded.last_hidden_state = None  # the features before patches are merged: several times as large, and unused
    return encoded


def encode_audio(thinker: Any, inputs: Inputs) -> Any:
    """Run the audio encoder; return its features as (tokens, hidden)."""
    spectrogram = inputs["input_features"].to(thinker.device, thinker.dtype)
    mask = inputs["feature_attention_mask"].to(thinker.device)
    return thinker.get_audio_features(spectrogram, mask, return_dict=True).last_hidden_state


class LRUCache(Generic[Value]):
    """The most recently used values by key. Each is computed once, however many threads ask for it."""

    def __init__(self, size: int) -> None:
        """Start empty.

        Args:
            size: number of values to keep.
        """
        self._size = size
        self._values: dict[Hashable, Future[Value]] = {}
        self._lock = Lock()

    def get(self, key: Hashable | None, compute: Callable[[], Value]) -> Value:
        """Return the value of a key, computed if it is not there; with None as key it is computed and not kept.

        An exception of `compute` is raised in every thread that waits for the value, and is not kept.
        """
        if key is None:
            return compute()
        with self._lock:
            found = self._values.pop(key, None)
            value = found if found is not None else Future[Value]()
            self._values[key] = value  # at the end: used last
            while len(self._values) > self._size:
                del self._values[next(iter(self._values))]
        if found is None:
            self._compute(key, value, compute)
        return value.result()

    def _compute(self, key: Hashable, value: Future[Value], compute: Callable[[], Value]) -> None:
        try:
            value.set_result(compute())
        except BaseException as error:
            with self._lock:
                if self._values.get(key) is value:
                    del self._values[key]
            value.set_exception(error)
