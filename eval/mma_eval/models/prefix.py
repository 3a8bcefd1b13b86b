"""One encoding of a clip for all questions about it.

The media stand first in a prompt, so everything up to their end is the same for all questions about a clip. It is run
once; each question continues from its keys and values, which are cut back afterwards. Positions go on from the prefix's
last one, as they would in a prompt of its own, so the answers are those of separate calls.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mma_eval.model import Tokens


@dataclass(frozen=True)
class Prefix:
    """What all questions about a clip share, run through the model."""

    cache: Any
    """Keys and values; a question leaves it as it found it."""
    length: int
    next_position: int
    tokens: Tokens


def see(thinker: Any, inputs: Mapping[str, Any]) -> Any:
    """What the vision tower makes of a picture, as `encode` takes it. It depends on nothing else in the prompt."""
    pixels = inputs["pixel_values_videos"].to(thinker.device, thinker.dtype)
    seen = thinker.get_video_features(pixels, inputs["video_grid_thw"].to(thinker.device), return_dict=True)
    seen.last_hidden_state = None  # what it was before patches were merged: several times as large, and nobody reads it
    return seen


def hear(thinker: Any, inputs: Mapping[str, Any]) -> Any:
    """What the audio tower makes of a sound, as `encode` takes it: (tokens, hidden)."""
    spectrogram = inputs["input_features"].to(thinker.device, thinker.dtype)
    mask = inputs["feature_attention_mask"].to(thinker.device)
    return thinker.get_audio_features(spectrogram, mask, return_dict=True).last_hidden_state


def encode(thinker: Any, inputs: Mapping[str, Any], *, seen: Any = None, heard: Any = None) -> Prefix:
    """Run a prompt up to the end of its media.

    Args:
        thinker: a Qwen Omni thinker.
        inputs: of the processor, for one prompt with one video and its sound.
        seen: what `see` gives of these inputs, where that is known already.
        heard: what `hear` gives of them.
    """
    from transformers import DynamicCache

    seen = see(thinker, inputs) if seen is None else seen
    heard = hear(thinker, inputs) if heard is None else heard
    ids = inputs["input_ids"].to(thinker.device)
    embedded = thinker.get_input_embeddings()(ids)
    where_heard = (ids == thinker.config.audio_token_id)[..., None]
    positions = positions_of(thinker, inputs).to(thinker.device)
    cache = DynamicCache(config=thinker.config.get_text_config())
    # Not the whole model: its head would make logits of all media tokens, and nobody reads them. It puts what is seen
    # into its place itself, in Qwen3-Omni into several layers; what is heard it would only take as a spectrogram.
    thinker.model(
        input_ids=ids,
        inputs_embeds=embedded.masked_scatter(where_heard, heard.to(embedded.device, embedded.dtype)),
        mm_encoder_outputs={"video": seen},
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
    )
    video, audio = (int((ids == getattr(thinker.config, f"{m}_token_id")).sum()) for m in ("video", "audio"))
    tokens = Tokens(video=video, audio=audio, text=ids.shape[1] - video - audio)
    return Prefix(cache, ids.shape[1], int(positions.max()) + 1, tokens)


def positions_of(thinker: Any, inputs: Mapping[str, Any]) -> Any:
    """(3, 1, length): time, height and width of each token of a prompt whose sound is laid out between its frames."""
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
) -> list[int]:
    """The most likely continuation of a prefix and a question, token by token.

    Args:
        thinker: the model that encoded the prefix.
        prefix: of the clip.
        asked: tokens of the question and what follows it in the prompt.
        stops: tokens that end an answer; they are no part of it.
        limit: tokens of an answer, at most.
    """
    import torch

    said: list[int] = []
    step, position = torch.tensor([list(asked)], device=thinker.device), prefix.next_position
    try:
        while len(said) < limit:
            count = step.shape[1]
            positions = torch.arange(position, position + count, device=thinker.device).expand(3, 1, count)
            hidden = thinker.model(
                input_ids=step, position_ids=positions, past_key_values=prefix.cache, use_cache=True
            ).last_hidden_state
            token = int(thinker.lm_head(hidden[:, -1]).argmax(-1))
            if token in stops:
                break
            said.append(token)
            step, position = torch.tensor([[token]], device=thinker.device), position + count
    finally:
        prefix.cache.crop(prefix.length - prefix.cache.get_seq_length())
    return said
