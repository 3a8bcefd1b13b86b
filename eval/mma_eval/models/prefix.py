"""Run a clip through a model once, and answer every question from its key/value cache.

The media come first in a prompt, so all questions about a clip share a prefix that ends with the media. Each question
continues from the prefix's keys and values, which are cropped back afterwards. Positions continue after the
prefix, as in a separate prompt, so answers equal those of separate calls.
"""

import inspect
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, Literal, TypeVar

from mma_eval.model import Tokens

Value = TypeVar("Value")
Inputs = Mapping[str, Any]
"""Tensors returned by a processor for a prompt, by name."""


@dataclass(frozen=True)
class Prefix:
    """The part of a prompt that all questions about a clip share, run through the model."""

    cache: Any
    """Key/value cache, restored after each question."""
    length: int
    """Number of tokens in the prefix."""
    next_position: int
    tokens: Tokens

    def rewind(self) -> None:
        """Crop the cache back to the prefix."""
        for layer in self.cache.layers:  # a failed pass may have extended only some layers
            layer.crop(self.length - layer.get_seq_length())


class PrefixEncoder:
    """Encodes prompts up to the end of their media; keeps the features of recent video and audio streams."""

    def __init__(self, streams: int) -> None:
        """Create caches for the features of `streams` video and `streams` audio streams, up to 100 MB per stream."""
        self._videos, self._audios = LRUCache[Any](streams), LRUCache[Any](streams)

    def encode(self, thinker: Any, inputs: Inputs, *, video_key: Hashable, audio_key: Hashable) -> Prefix:
        """Run the processor's inputs of one clip through a Qwen Omni thinker; streams without a key are not cached."""
        video = self._videos.get(video_key, lambda: _encode_video(thinker, inputs))
        audio = self._audios.get(audio_key, lambda: _encode_audio(thinker, inputs))
        return _encode(thinker, inputs, video, audio)


def _encode_video(thinker: Any, inputs: Inputs) -> Any:
    """Run the video encoder; return its output, the features that replace the video tokens."""
    pixels = inputs["pixel_values_videos"].to(thinker.device, thinker.dtype)
    encoded = thinker.get_video_features(pixels, inputs["video_grid_thw"].to(thinker.device), return_dict=True)
    encoded.last_hidden_state = None  # unused features before patch merging, several times as large
    return encoded


def _encode_audio(thinker: Any, inputs: Inputs) -> Any:
    """Run the audio encoder; return its features as (tokens, hidden)."""
    spectrogram = inputs["input_features"].to(thinker.device, thinker.dtype)
    mask = inputs["feature_attention_mask"].to(thinker.device)
    return thinker.get_audio_features(spectrogram, mask, return_dict=True).last_hidden_state


def _encode(thinker: Any, inputs: Inputs, video: Any, audio: Any) -> Prefix:
    from transformers import DynamicCache

    ids = inputs["input_ids"].to(thinker.device)
    embedded = thinker.get_input_embeddings()(ids)
    is_audio = (ids == thinker.config.audio_token_id)[..., None]
    positions = positions_of(thinker, inputs).to(thinker.device)
    cache = DynamicCache(config=thinker.config.get_text_config())
    cache.activate_past_recording()  # keep keys that a question pushes out of a sliding window
    # Skip the head, which would compute logits of all media tokens. The model inserts video features itself (Qwen3-Omni
    # into several layers), but accepts audio only as a spectrogram.
    run_model(
        thinker,
        cache,
        input_ids=ids,
        inputs_embeds=embedded.masked_scatter(is_audio, audio.to(embedded.device, embedded.dtype)),
        mm_encoder_outputs={"video": video},
        position_ids=positions,
    )
    counts = {m: int((ids == getattr(thinker.config, f"{m}_token_id")).sum()) for m in ("video", "audio")}
    tokens = Tokens(**counts, text=ids.shape[1] - sum(counts.values()))
    return Prefix(cache, ids.shape[1], int(positions.max()) + 1, tokens)


def run_model(thinker: Any, cache: Any, **inputs: Any) -> Any:
    """Run the decoder without its head, extending a key/value cache; return the last hidden states."""
    # transformers 5.24 renamed the cache argument.
    renamed = "cache" in inspect.signature(thinker.model.forward).parameters
    inputs["cache" if renamed else "past_key_values"] = cache
    return thinker.model(**inputs, use_cache=True).last_hidden_state


def positions_of(thinker: Any, inputs: Inputs) -> Any:
    """Compute (3, 1, length) positions (time, height, width) of a prompt whose audio is interleaved with its frames."""
    positions, _ = thinker.get_rope_index(
        inputs["input_ids"],
        video_grid_thw=inputs["video_grid_thw"],
        attention_mask=inputs["attention_mask"],
        use_audio_in_video=True,
        audio_seqlens=inputs["feature_attention_mask"].sum(-1),
        second_per_grids=inputs["video_second_per_grid"],
    )
    return positions


def continue_greedily(
    thinker: Any, prefix: Prefix, asked: Sequence[int], *, stops: Collection[int], limit: int
) -> tuple[list[int], Literal["stop", "length"]]:
    """Decode the answer to a question about an encoded clip greedily; return its tokens, and why it ended.

    Args:
        thinker: the model that encoded the prefix.
        prefix: the encoded clip; unchanged afterwards.
        asked: tokens of the question and of the prompt text after it.
        stops: tokens that end the answer and are not part of it.
        limit: maximum answer tokens.
    """
    import torch

    said: list[int] = []
    step, position = torch.tensor([list(asked)], device=thinker.device), prefix.next_position
    try:
        while len(said) < limit:
            count = step.shape[1]
            positions = torch.arange(position, position + count, device=thinker.device).expand(3, 1, count)
            hidden = run_model(thinker, prefix.cache, input_ids=step, position_ids=positions)
            token = int(thinker.lm_head(hidden[:, -1]).argmax(-1))
            if token in stops:
                return said, "stop"
            said.append(token)
            step, position = torch.tensor([[token]], device=thinker.device), position + count
    finally:
        prefix.rewind()
    return said, "length"


def option_probabilities(
    thinker: Any, prefix: Prefix, asked: Sequence[int], options: Sequence[Sequence[int]]
) -> list[float]:
    """Compute P(option | clip, question) of each option, normalised over the options.

    An option's probability is the product over its tokens, including the end-of-answer token; otherwise "Rain" would
    also receive the probability of "Rain_on_surface". All options are run in one pass after the question; each attends
    only to the clip, the question and itself.

    The thinker must use sdpa attention. `options` are the tokens of each option followed by the end-of-answer token,
    which is only a target. The other arguments are those of `continue_greedily`.
    """
    import torch

    ids, positions, blocks = list(asked), list(range(len(asked))), [0] * len(asked)
    for block, option in enumerate(options, 1):
        ids += option[:-1]
        positions += range(len(asked), len(asked) + len(option) - 1)
        blocks += [block] * (len(option) - 1)
    mask = torch.cat([torch.ones(len(ids), prefix.length, dtype=torch.bool), block_mask(torch.tensor([blocks]))[0]], 1)
    try:
        hidden = run_model(
            thinker,
            prefix.cache,
            input_ids=torch.tensor([ids], device=thinker.device),
            attention_mask=mask[None, None].to(thinker.device),
            position_ids=(prefix.next_position + torch.tensor(positions)).expand(3, 1, -1).to(thinker.device),
        )[0]
        log_probabilities = thinker.lm_head(hidden[len(asked) - 1 :]).float().log_softmax(-1)
    finally:
        prefix.rewind()
    totals, first = [], 1
    for option in options:
        rows = [0, *range(first, first + len(option) - 1)]
        totals.append(log_probabilities[rows, list(option)].sum())
        first += len(option) - 1
    found: list[float] = torch.stack(totals).softmax(0).tolist()
    return found


def block_mask(blocks: Any) -> Any:
    """Build the causal mask (B, L, L) from block numbers (B, L); each block attends to itself and to block 0."""
    import torch

    same = (blocks[:, :, None] == blocks[:, None, :]) | (blocks[:, None, :] == 0)
    return same & torch.ones(same.shape[1:], dtype=torch.bool).tril()


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
