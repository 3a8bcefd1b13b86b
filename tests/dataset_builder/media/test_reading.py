"""Read clips for models: frames as (T, H, W, 3) uint8 RGB, sound as (N,) float32 at 16 kHz."""

import io

import av
import numpy as np
import pytest

from mma_bench.media.frames import sample_frames
from mma_bench.media.sound import decode_flac, encode_flac, fit_samples, read_sound


def all_frames(path):
    with av.open(str(path)) as container:
        return [(f.time, f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]


@pytest.mark.parametrize("fps", [1.0, 2.0, 3.7, 25.0, 60.0])
def test_frames_are_those_on_screen_at_equal_steps(fps, clip):
    everything = all_frames(clip)
    sampled = sample_frames(clip, fps=fps)
    assert sampled.dtype == np.uint8
    assert sampled.shape == (int(np.ceil(3 * fps)), 120, 160, 3)
    for k, frame in enumerate(sampled):
        on_screen = [image for time, image in everything if time <= k / fps + 1e-6][-1]
        assert np.array_equal(frame, on_screen)


def test_skipping_frames_that_nothing_refers_to_changes_no_pixel(real_clips):
    clip = real_clips / "YA_0xhMEZ1Cg_repDiff_Frying_food_0.mp4"
    everything = all_frames(clip)
    for k, frame in enumerate(sample_frames(clip, fps=2)):
        assert np.array_equal(frame, [image for time, image in everything if time <= k / 2 + 1e-6][-1])


def test_frames_can_be_scaled(clip):
    assert sample_frames(clip, fps=1, size=(56, 84)).shape == (3, 56, 84, 3)


def test_a_frame_that_does_not_decode_leaves_the_one_before_on_screen(clip, tmp_path):
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    assert sample_frames(bytes(data), fps=5).shape == (15, 120, 160, 3)


def test_sound_is_mono_float_at_16_khz_of_the_clips_length(clip):
    heard = read_sound(clip)
    assert heard.dtype == np.float32
    assert heard.shape == (48_000,)
    assert np.abs(heard).max() <= 1
    assert np.abs(np.fft.rfft(heard)).argmax() == 3 * 440


@pytest.mark.parametrize("channels", ["1", "2", "6"])
def test_any_number_of_channels_is_mixed_down(channels, make_clip):
    source = make_clip(f"channels-{channels}.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-ac", channels)
    heard = read_sound(source)
    assert np.abs(np.fft.rfft(heard)).argmax() == pytest.approx(3 * 440, abs=1)


def test_the_samples_are_those_that_ffmpeg_gives(clip, ffmpeg, tmp_path):
    raw = tmp_path / "theirs.s16"
    ffmpeg("-i", clip, "-ac", "1", "-ar", "16000", "-f", "s16le", raw)
    theirs = np.frombuffer(raw.read_bytes(), np.int16) / 32768
    ours = read_sound(clip)
    n = min(len(ours), len(theirs))
    assert abs(len(ours) - len(theirs)) <= 1024
    # Decoders and dithers of two versions may differ in the last bit.
    assert np.abs(ours[:n] - theirs[:n])[100:-400].max() < 3 / 32768


def test_missing_packets_are_heard_as_silence_in_their_place(clip, tmp_path):
    gap = io.BytesIO()
    with av.open(str(clip)) as source, av.open(gap, "w", format="matroska") as out:
        streams = {s.index: out.add_stream_from_template(s, opaque=True) for s in source.streams}
        for packet in source.demux():
            seconds = float(packet.pts * packet.time_base) if packet.pts is not None else 0
            if packet.size and not (packet.stream.type == "audio" and 1 <= seconds < 2):
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    heard = read_sound(gap.getvalue())
    assert len(heard) == pytest.approx(48_000, abs=1000)
    assert not heard[17_500:31_000].any()
    assert np.abs(heard[34_000:46_000]).max() > 0.05


def test_flac_loses_nothing_of_16_bits(clip):
    heard = read_sound(clip)
    assert np.array_equal(decode_flac(encode_flac(heard)), heard)


def test_sound_is_cut_or_continued_with_zeros_to_a_length():
    ramp = np.ones(16_000, np.float32)
    assert fit_samples(ramp, 0.5).shape == (8_000,)
    longer = fit_samples(ramp, 1.5)
    assert longer.shape == (24_000,)
    assert not longer[16_000:].any()


def test_a_file_of_sound_alone_is_read_too(clip):
    heard = read_sound(clip)
    assert np.array_equal(read_sound(encode_flac(heard)), heard)
