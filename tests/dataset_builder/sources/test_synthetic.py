"""What a synthetic clip is: reproducible, exact in size and length, and of a class that sight and sound each tell."""

import io
import pickle
from dataclasses import replace

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mma_bench.core.errors import MMABenchError
from mma_bench.sources.synthetic.drawing import ACTS, CLASSES, Drawing
from mma_bench.sources.synthetic.score import compose
from mma_bench.sources.synthetic.sounds.tones import Synth

SHORT = Drawing("Bell", "train", seed=0, index=0, size=96, seconds=1.0)


def decoded(clip: bytes) -> tuple[list[NDArray[np.uint8]], NDArray[np.float32], int]:
    """RGB frames, mono samples and their rate."""
    with av.open(io.BytesIO(clip)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(io.BytesIO(clip)) as container:
        rate = container.streams.audio[0].rate
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    return frames, sound, rate


def test_the_classes_are_a_sorted_dozen() -> None:
    assert len(set(CLASSES)) == 12
    assert tuple(sorted(CLASSES)) == CLASSES


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert SHORT.render() == SHORT.render()


def test_a_drawing_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(SHORT)) == SHORT


@pytest.mark.parametrize("change", [{"seed": 1}, {"index": 1}, {"split": "test"}, {"class_name": "Clock"}])
def test_another_seed_index_split_or_class_gives_another_picture_and_another_sound(change: dict[str, object]) -> None:
    frames, sound, _ = decoded(SHORT.render())
    other_frames, other_sound, _ = decoded(replace(SHORT, **change).render())  # type: ignore[arg-type]
    assert np.mean(np.abs(frames[5].astype(float) - other_frames[5])) > 5
    assert abs(np.corrcoef(sound[:30_000], other_sound[:30_000])[0, 1]) < 0.5


@pytest.mark.parametrize("class_name", CLASSES)
def test_every_class_is_seen_moving_and_heard(class_name: str) -> None:
    frames, sound, _ = decoded(replace(SHORT, class_name=class_name, seconds=2.0).render())
    assert np.mean(np.abs(frames[3].astype(float) - frames[20])) > 1
    assert np.std(sound) > 0.005


@pytest.mark.parametrize("seconds", [10.0, 2.5, 0.7])
def test_picture_and_sound_last_as_long_as_asked(seconds: float) -> None:
    clip = replace(SHORT, seconds=seconds).render()
    frames, sound, rate = decoded(clip)
    assert len(frames) == round(seconds * 15)
    assert abs(len(sound) - seconds * rate) <= 1024
    with av.open(io.BytesIO(clip)) as container:
        picture, voice = container.streams.video[0], container.streams.audio[0]
        assert float(picture.duration * picture.time_base) == pytest.approx(len(frames) / 15)
        assert float(voice.duration * voice.time_base) == pytest.approx(seconds, abs=1024 / rate)


def test_a_clip_is_square_h264_at_15_frames_per_second_and_mono_aac() -> None:
    with av.open(io.BytesIO(Drawing("Rain", "test", 0, 0, seconds=1.0).render())) as container:
        picture, voice = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec.name, picture.pix_fmt, picture.average_rate) == ("h264", "yuv420p", 15)
        assert (picture.width, picture.height) == (224, 224)
        assert (voice.codec.name, voice.channels, voice.rate) == ("aac", 1, 32_000)


def test_frames_are_stored_in_the_order_they_are_shown() -> None:
    with av.open(io.BytesIO(SHORT.render())) as container:
        stamps = [(packet.pts, packet.dts) for packet in container.demux(video=0) if packet.size]
    assert [shown for shown, _ in stamps] == [stored for _, stored in stamps]


@pytest.mark.parametrize("bad", [{"class_name": "Unicorn"}, {"size": 97}, {"size": 0}, {"seconds": 0.0}])
def test_a_drawing_that_cannot_be_made_is_refused_with_the_reason(bad: dict[str, object]) -> None:
    with pytest.raises(MMABenchError, match="expected"):
        replace(SHORT, **bad)  # type: ignore[arg-type]


def test_clips_of_a_class_differ_in_loudness_by_far() -> None:
    loudness = [20 * np.log10(np.std(decoded(replace(SHORT, index=i).render())[1])) for i in range(12)]
    assert np.ptp(loudness) > 8


@pytest.mark.parametrize("class_name", CLASSES)
def test_the_sound_never_pauses_for_a_second(class_name: str) -> None:
    rng, rate = np.random.default_rng(0), 8_000
    sound = ACTS[class_name].sound(Synth(compose(ACTS[class_name].rhythms, rng, 10.0), rng, rate))
    level = np.sqrt(np.mean(sound.reshape(-1, rate // 20) ** 2, axis=1))
    heard = np.flatnonzero(level > 0.05 * np.quantile(level, 0.98))
    assert np.diff([-1, *heard, len(level)]).max() < 20
