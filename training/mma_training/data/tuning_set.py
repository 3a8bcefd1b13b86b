"""Convert training examples into token sequences with media, and collate them into batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from mma_eval.models.omni import OmniModel
from mma_eval.models.packing import Conversation, Turn, as_turn, pack
from mma_eval.models.prefix import positions_of
from mma_training.data.features import ClipReader, FeatureStore, Tensors
from mma_training.data.rows import Example, TuningRow

TuningItem = tuple[Conversation, Tensors]
"""A tokenised example and its media tensors: pixels and spectrograms, or encoder features."""
_SPECTROGRAM = ("input_features", "feature_attention_mask")


@dataclass(frozen=True)
class RowMedia:
    """Tokens and tensors of a row's media, with which its conversation begins."""

    ids: Any
    """Token ids of the conversation up to the end of the media, of shape (n,)."""
    positions: Any
    """Positions of the tokens in `ids`, of shape (3, n)."""
    tensors: Tensors
    """Pixels and spectrograms, or encoder features."""


class RawMedia:
    """Load the pixels and spectrograms of rows; the encoders run in every training step."""

    def __init__(self, omni: OmniModel, reader: ClipReader) -> None:
        self._omni, self._reader = omni, reader

    def of(self, row: TuningRow) -> RowMedia:
        """Decode and preprocess the clip of a row."""
        inputs = self._omni.prepare(self._reader.clip(row)).inputs
        media = {name: inputs[name] for name in ("pixel_values_videos", "video_grid_thw", *_SPECTROGRAM)}
        return RowMedia(inputs["input_ids"][0], positions_of(self._omni.thinker, inputs)[:, 0], media)

    def tokens(self, row: TuningRow) -> int:
        """Count the tokens of a row's media; this decodes the clip."""
        return len(self.of(row).ids)


class EncodedMedia:
    """Load the encoder features of rows, computed before training."""

    def __init__(self, omni: OmniModel, store: FeatureStore) -> None:
        self._store = store

        @lru_cache(maxsize=256)  # layouts depend only on the streams' shapes, of which a dataset has few combinations
        def layout(frames: tuple[int, ...], samples: tuple[int, ...]) -> tuple[Any, Any]:
            inputs = omni.process(np.zeros((*frames, 3), np.uint8), np.zeros(samples, np.float32))
            return inputs["input_ids"][0], positions_of(omni.thinker, inputs)[:, 0]

        self._layout = layout

    def of(self, row: TuningRow) -> RowMedia:
        """Read the encoder features of a row from the store."""
        video, audio = self._store.read("video", row.video_sha256), self._store.read("audio", row.audio_sha256)
        ids, positions = self._layout(video.shape, audio.shape)
        media = {"video_features": video.tensors["tokens"], "audio_features": audio.tensors["tokens"]}
        if "deepstack" in video.tensors:
            media["deepstack_features"] = video.tensors["deepstack"]
        return RowMedia(ids, positions, media)

    def tokens(self, row: TuningRow) -> int:
        """Count the tokens of a row's media from the shapes of its streams."""
        video, audio = self._store.shape("video", row.video_sha256), self._store.shape("audio", row.audio_sha256)
        return len(self._layout(video, audio)[0])


Media = RawMedia | EncodedMedia
"""Loader of the rows' media."""


class TuningSet:
    """Map-style torch dataset of tokenised training examples."""

    def __init__(self, examples: Sequence[Example], media: Media, omni: OmniModel) -> None:
        self._examples, self._media, self._omni = examples, media, omni

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, number: int) -> TuningItem:
        example = self._examples[number]
        media = self._media.of(example.row)
        return Conversation(media.ids, media.positions, self._turns(example)), media.tensors

    def lengths(self) -> list[int]:
        """Count the tokens of each example."""
        return [self._media.tokens(e.row) + sum(len(turn.ids) for turn in self._turns(e)) for e in self._examples]

    def _turns(self, example: Example) -> list[Turn]:
        tokenizer, after = self._omni.processor.tokenizer, self._omni.after
        return [
            as_turn(tokenizer, example.row.asked[prompt] + after, example.row.answer(prompt))
            for prompt in example.prompts
        ]


@cache
def length_grouped_sampler_class() -> Any:
    """Define the sampler class on first use, since importing torch takes seconds."""
    import torch
    from transformers.trainer_pt_utils import get_length_grouped_indices

    class LengthGroupedSampler(torch.utils.data.Sampler):  # type: ignore[misc]
        """Sample examples of similar length together; seed and epoch alone set the order, so it can be resumed."""

        def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
            self._lengths, self._batch, self._seed, self._epoch = list(lengths), batch, seed, 0

        def __len__(self) -> int:
            return len(self._lengths)

        def set_epoch(self, epoch: int) -> None:
            """Set the epoch that, with the seed, determines the next order."""
            self._epoch = epoch

        def __iter__(self) -> Iterator[int]:
            generator = torch.Generator().manual_seed(self._seed + self._epoch)
            return iter(get_length_grouped_indices(self._lengths, self._batch, generator=generator))

    return LengthGroupedSampler


def collate(items: Sequence[TuningItem], pad: int) -> dict[str, Any]:
    """Collate items of a TuningSet into a batch for a thinker patched by `answers_only`; `pad` is a token id."""
    import torch

    conversations = [conversation for conversation, _ in items]
    packed = pack(conversations, pad)
    labels = packed.ids[:, 1:][packed.answered[:, 1:]]
    predicts = packed.answered.roll(-1, dims=1)  # each answer token is predicted at the preceding token
    predicts[:, -1] = False
    mask = packed.mask
    if all(len(conversation.turns) == 1 for conversation in conversations):
        # With a plain padding mask, transformers can choose the attention kernel.
        lengths = torch.tensor([len(conversation) for conversation in conversations])
        mask = (torch.arange(int(lengths.max()))[None] < lengths[:, None]).long()
    return {
        "input_ids": packed.ids,
        "position_ids": packed.positions,
        "attention_mask": mask,
        "predicts": predicts,
        "labels": labels,
        "shift_labels": labels,  # the Trainer counts these without shifting
        "use_cache": False,
        **{name: _concatenated(name, [media[name] for _, media in items]) for name in items[0][1]},
    }


def _concatenated(name: str, tensors: Sequence[Any]) -> Any:
    """Concatenate the items' tensors; pad spectrograms to the longest, since Qwen3-Omni's processor does not."""
    import torch

    if name in _SPECTROGRAM:
        longest = max(tensor.shape[-1] for tensor in tensors)
        tensors = [torch.nn.functional.pad(tensor, (0, longest - tensor.shape[-1])) for tensor in tensors]
    return torch.cat(tensors, dim=1 if name == "deepstack_features" else 0)  # the first dimension of deepstack: layers
