"""What the Trainer learns from: examples as token sequences with their media, and batches of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from mma_eval.models.omni import OmniModel
from mma_eval.models.packing import Prompt, Turn, as_turn, pack
from mma_eval.models.prefix import positions_of
from mma_training.data.features import FeatureStore
from mma_training.data.rows import Example, TuningRow
from mma_training.data.streams import ClipReader


class Media(Protocol):
    """Where the media of a row come from."""

    def of(self, row: TuningRow) -> tuple[Any, Any, Mapping[str, Any]]:
        """Tokens of a prompt up to the end of its media (n,), their positions (3, n), and the media for a batch."""

    def tokens(self, row: TuningRow) -> int:
        """How many tokens that are."""


class RawMedia:
    """Pixels and spectrograms: the encoders run in every step."""

    def __init__(self, omni: OmniModel, reader: ClipReader) -> None:
        self._omni, self._reader = omni, reader

    def of(self, row: TuningRow) -> tuple[Any, Any, Mapping[str, Any]]:
        """Decode and preprocess a row's clip."""
        inputs = self._omni.prepare(self._reader.clip(row)).inputs
        names = ("pixel_values_videos", "video_grid_thw", "input_features", "feature_attention_mask")
        positions = positions_of(self._omni.thinker, inputs)
        return inputs["input_ids"][0], positions[:, 0], {name: inputs[name] for name in names}

    def tokens(self, row: TuningRow) -> int:
        """Decode and preprocess a row's clip, and count."""
        return len(self.of(row)[0])


class EncodedMedia:
    """Features that the encoders gave before."""

    def __init__(self, omni: OmniModel, store: FeatureStore) -> None:
        self._omni, self._store = omni, store
        # Where tokens stand depends on sizes and lengths alone, of which a dataset has few.
        self._layout = lru_cache(maxsize=256)(self._laid_out)

    def of(self, row: TuningRow) -> tuple[Any, Any, Mapping[str, Any]]:
        """Read a row's features."""
        seen, heard = self._store.read("video", row.video_sha256), self._store.read("audio", row.audio_sha256)
        ids, positions = self._layout(seen.shape, heard.shape)
        media = {"video_features": seen.tensors["tokens"], "audio_features": heard.tensors["tokens"]}
        if "deepstack" in seen.tensors:
            media["deepstack_features"] = seen.tensors["deepstack"]
        return ids, positions, media

    def tokens(self, row: TuningRow) -> int:
        """Look at the sizes of a row's streams."""
        seen, heard = self._store.shape("video", row.video_sha256), self._store.shape("audio", row.audio_sha256)
        return len(self._layout(seen, heard)[0])

    def _laid_out(self, frames: tuple[int, ...], samples: tuple[int, ...]) -> tuple[Any, Any]:
        inputs = self._omni.process(np.zeros((*frames, 3), np.uint8), np.zeros(samples, np.float32))
        return inputs["input_ids"][0], positions_of(self._omni.thinker, inputs)[:, 0]


class TuningSet:
    """Examples by number; a map-style dataset, as torch calls it."""

    def __init__(self, examples: Sequence[Example], media: Media, omni: OmniModel) -> None:
        self._examples, self._media, self._omni = examples, media, omni

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, number: int) -> dict[str, Any]:
        example = self._examples[number]
        ids, positions, media = self._media.of(example.row)
        return {"prompt": Prompt(ids, positions, self._turns(example)), "media": media}

    def lengths(self) -> list[int]:
        """Tokens of each example; of the media no more is read than how much there is of them."""
        return [self._media.tokens(e.row) + sum(len(turn.ids) for turn in self._turns(e)) for e in self._examples]

    def _turns(self, example: Example) -> list[Turn]:
        tokenizer, after = self._omni.processor.tokenizer, self._omni.after
        return [
            as_turn(tokenizer, example.row.asked[prompt] + after, example.row.answer(prompt))
            for prompt in example.prompts
        ]


def collate(items: Sequence[Mapping[str, Any]], pad: int) -> dict[str, Any]:
    """A batch for a thinker that `answers_only` was given.

    Args:
        items: of a TuningSet.
        pad: the token that fills shorter sequences.
    """
    prompts: list[Prompt] = [item["prompt"] for item in items]
    packed = pack(prompts, pad)
    labels = packed.ids[:, 1:][packed.answered[:, 1:]]
    predicts = packed.answered.roll(-1, dims=1)  # the token before an answer's token is what predicts it
    predicts[:, -1] = False
    return {
        "input_ids": packed.ids,
        "position_ids": packed.positions,
        # A mask of the padding alone leaves the choice of the attention kernel to transformers.
        "attention_mask": packed.sees if any(len(p.turns) > 1 for p in prompts) else _filled(prompts),
        "predicts": predicts,
        "labels": labels,
        "shift_labels": labels,  # the Trainer counts these as they are
        "use_cache": False,
        **_together([item["media"] for item in items]),
    }


def _filled(prompts: Sequence[Prompt]) -> Any:
    import torch

    lengths = torch.tensor([len(prompt) for prompt in prompts])
    return (torch.arange(int(lengths.max()))[None] < lengths[:, None]).long()


def _together(media: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    import torch

    # Layers come first in deepstack features, streams of every length one after the other in all others.
    dim = {"deepstack_features": 1}
    padded = [{**m, **{name: _padded(name, m[name], media) for name in _SPECTROGRAM if name in m}} for m in media]
    return {name: torch.cat([m[name] for m in padded], dim=dim.get(name, 0)) for name in padded[0]}


_SPECTROGRAM = ("input_features", "feature_attention_mask")


def _padded(name: str, tensor: Any, media: Sequence[Mapping[str, Any]]) -> Any:
    """Qwen3-Omni's processor makes a spectrogram as long as its sound; in a batch they are as long as the longest."""
    import torch

    return torch.nn.functional.pad(tensor, (0, max(m[name].shape[-1] for m in media) - tensor.shape[-1]))
