"""Frames and sounds of one moment have one position in time, for both families and any length."""

import numpy as np
import pytest

from mma_eval.models.omni import OmniModel
from mma_eval.models.prefix import positions_of
from mma_eval.resolve import resolve_model
from random_omni import FAMILIES, save_random_omni

POSITIONS_PER_SECOND = {"qwen2_5_omni": 25, "qwen3_omni_moe": 13}


@pytest.fixture(scope="module", params=sorted(FAMILIES))
def model(request, tmp_path_factory) -> OmniModel:
    folder = save_random_omni(tmp_path_factory.mktemp("omni") / request.param, request.param)
    loaded = resolve_model(str(folder), {"min_pixels": 64 * 64, "max_pixels": 64 * 64})
    assert isinstance(loaded, OmniModel)
    loaded.load()
    return loaded


@pytest.mark.parametrize("seconds", [1.0, 2.5, 5.02, 9.977, 10.0, 20.3])
@pytest.mark.parametrize("odd", [False, True])
def test_what_is_seen_and_heard_at_one_moment_has_one_position(seconds: float, odd: bool, model: OmniModel) -> None:
    frames = max(2, 2 * round(seconds)) - odd
    inputs = model.process(np.zeros((frames, 64, 64, 3), np.uint8), np.zeros(round(seconds * 16_000), np.float32))
    time = positions_of(model.thinker, inputs)[0, 0].numpy()
    ids, config = inputs["input_ids"][0].numpy(), model.thinker.config
    seen, heard = time[ids == config.video_token_id], time[ids == config.audio_token_id]
    per_second = POSITIONS_PER_SECOND[model.family]
    assert config.position_id_per_seconds == per_second
    assert len(heard) == pytest.approx(seconds * per_second, abs=2 + seconds / 2)
    # A grid is two frames, a second; a sound token is 40 ms, or 80.
    grids = sorted(set(seen.tolist()))
    assert len(grids) == -(-frames // 2)
    zero = min(*seen, *heard)
    assert np.abs(np.array(grids) - zero - per_second * np.arange(len(grids))).max() <= 1
    assert heard.min() - zero <= 1
    assert np.all(np.diff(heard) == 1)


def test_media_are_interleaved_by_their_times(model: OmniModel) -> None:
    inputs = model.process(np.zeros((16, 64, 64, 3), np.uint8), np.zeros(8 * 16_000, np.float32))
    ids, config = inputs["input_ids"][0].numpy(), model.thinker.config
    media = (ids == config.video_token_id) | (ids == config.audio_token_id)
    time = positions_of(model.thinker, inputs)[0, 0].numpy()[media]
    # Qwen2.5 puts two seconds of picture before two seconds of sound; Qwen3 orders single tokens.
    assert np.all(time[1:] - time[:-1] >= -2 * POSITIONS_PER_SECOND[model.family])
