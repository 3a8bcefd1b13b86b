"""Modality of each token: placeholders of encoder embeddings are video or audio, everything else is text."""

from types import SimpleNamespace

import numpy as np
import pytest

from mma_bench.media.sound import encode_flac, read_sound
from mma_bench.sources.synthetic.drawing import Drawing
from mma_eval.attention.answers import MODALITIES
from mma_eval.attention.layout import modalities_of, placeholders
from mma_eval.model import Clip, ModelError
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model


@pytest.fixture(scope="module")
def tiny() -> OmniModel:
    model = resolve_model("tiny-omni")
    assert isinstance(model, OmniModel)
    model.load()
    return model


def test_chunks_of_video_and_audio_take_turns_and_marks_around_them_are_text(tiny: OmniModel) -> None:
    mp4 = Drawing("Bird", "test", 5, 0, size=112).render()
    inputs = tiny.prepare(Clip("drawn", mp4, encode_flac(read_sound(mp4)))).inputs
    ids = inputs["input_ids"][0].numpy()
    found = modalities_of(ids, tiny.thinker.config)
    tokens = tiny.processor.tokenizer.convert_ids_to_tokens(ids.tolist())
    assert {MODALITIES[k] for k in found[[t.startswith("<|vision_") or t.startswith("<|audio_") for t in tokens]]} == {
        "text"
    }
    turns = [MODALITIES[k] for k, before in zip(found[1:], found, strict=False) if k != before]
    assert turns[:5] == ["video", "audio", "video", "audio", "video"]
    frames, height, width = inputs["video_grid_thw"][0].tolist()
    assert (found == MODALITIES.index("video")).sum() == frames * height * width // 4  # four patches make a token
    assert found.dtype == np.int8


def test_a_model_whose_layout_is_unknown_is_not_guessed_at() -> None:
    with pytest.raises(ModelError, match=r"'llava'.*known types are qwen2_5_omni_thinker, qwen3_omni_moe_thinker"):
        placeholders(SimpleNamespace(model_type="llava", video_token_id=7, audio_token_id=8))
