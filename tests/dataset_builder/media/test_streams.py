"""Which streams of a recording are read, and what is said of those that cannot be."""

import contextlib
import errno
import random
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from tests.fuzz.mutations import mutate

from mma_bench.core.errors import ClipError
from mma_bench.media.frames import sample_frames
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound
from mma_bench.media.standardise import Square, standardise, to_mp4

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25", "-pix_fmt", "yuv420p")
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4")


def tone(hertz: int, seconds: float = 4) -> tuple[str, ...]:
    return "-f", "lavfi", "-i", f"sine=f={hertz}:r=48000:d={seconds}"


def hertz(sound: np.ndarray) -> int:
    return round(np.abs(np.fft.rfft(sound)).argmax() * 16000 / len(sound))


@pytest.mark.parametrize("container", ["mp4", "mkv", "mov"])
@pytest.mark.parametrize("default", [0, 1, 2])
def test_of_several_sounds_the_default_one_is_the_clips(default, container, ffmpeg, clip, tmp_path):
    source, maps = tmp_path / f"sounds.{container}", [o for k in (0, 1, 2, 3) for o in ("-map", str(k))]
    flags = [o for k in range(3) for o in (f"-disposition:a:{k}", "default" if k == default else "0")]
    tones = [o for f in (500, 1000, 3000) for o in tone(f)]
    ffmpeg(*PICTURE, *tones, *maps, *flags, *X264, "-c:a", "aac", source)
    expected = (500, 1000, 3000)[default]
    for each in (source, to_mp4(source), zero_frames(source), swap_sound(clip, source)):
        assert hertz(read_sound(each)) == pytest.approx(expected, abs=20)


def test_a_still_picture_before_the_film_is_not_the_film(ffmpeg, tmp_path):
    cover = tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=320x240", "-frames:v", "1", cover)
    for name, flags in (("marked.mkv", ("-disposition:v:0", "still_image")), ("plain.mkv", ())):
        source = tmp_path / name
        ffmpeg("-i", cover, *PICTURE, *tone(440), "-map", "0", "-map", "1", "-map", "2", *flags, "-c:v:0", "png",
               "-c:v:1", "libx264", "-c:a", "aac", source)  # fmt: skip
        info = probe(source)
        assert (info.width, info.height, info.frames) == (160, 120, 100), name


@pytest.mark.parametrize("channels", [3, 6, 8])
@pytest.mark.parametrize("codec", ["aac", "libopus", "flac", "pcm_s16le"])
def test_a_sound_of_many_channels_is_read_and_replaced(codec, channels, ffmpeg, clip, tmp_path):
    source = tmp_path / "surround.mkv"
    layout = {3: "3.0", 5: "5.0(side)" if codec == "flac" else "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}[channels]
    mixed = "|".join(f"c{k}=c0" for k in range(channels))
    sound = f"anoisesrc=r=48000:d=4,pan={layout}|{mixed}"
    ffmpeg(*PICTURE, "-f", "lavfi", "-i", sound, *X264, "-c:a", codec, "-strict", "-2", source)
    assert probe(source).channels == channels
    assert not read_sound(remove_sound(source)).any()
    for each in (
        source,
        to_mp4(source),
        zero_frames(source),
        swap_sound(clip, source),
        standardise(source, Square(64, Fraction(2))),
    ):
        heard = read_sound(each)
        assert len(heard) / 16000 >= 1.99
        assert np.abs(heard[8000:24000]).max() > 0.1
    assert len(read_sound(swap_sound(make_long(ffmpeg, tmp_path), source))) / 16000 == pytest.approx(6, abs=0.1)


def make_long(ffmpeg, folder: Path) -> Path:
    made = folder / "six.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=6", *tone(440, 6), *X264, "-c:a", "aac", made)
    return made


@pytest.mark.parametrize("channels", [9, 16, 24, 37])
def test_more_channels_than_can_be_heard_cost_the_clip_alone(channels, ffmpeg, clip, tmp_path):
    source, many = tmp_path / "many.mkv", tmp_path / "many.wav"
    soundfile.write(many, np.random.default_rng(0).normal(0, 0.1, (4 * 8000, channels)), 8000)
    ffmpeg(*PICTURE, "-i", many, *X264, "-c:a", "copy", source)
    for read in (read_sound, to_mp4, lambda s: swap_sound(clip, s), lambda s: standardise(s, Square(64, Fraction(2)))):
        with pytest.raises(ClipError, match=rf"sound of {channels} channels; at most 8 are read"):
            read(source)
    assert sample_frames(source, fps=1).shape == (4, 120, 160, 3)


@pytest.mark.parametrize(("first", "second"), [("6", "2"), ("2", "6"), ("1", "2")])
@pytest.mark.parametrize("codec", ["ac3", "aac"])
def test_a_sound_that_changes_its_channels_is_read_as_players_do(codec, first, second, ffmpeg, tmp_path):
    parts = []
    for name, channels, offset in (("c", first, "10"), ("d", second, "14")):
        parts.append(tmp_path / f"{name}.ts")
        ffmpeg(*PICTURE, *tone(440), *X264, "-c:a", codec, "-ac", channels, "-output_ts_offset", offset, parts[-1])
    both = tmp_path / "both.ts"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    for each in (both, to_mp4(both)):
        heard = read_sound(each)
        assert len(heard) / 16000 == pytest.approx(8, abs=0.12)
        assert np.abs(heard[8000:56000]).max() > 0.03
        assert np.abs(heard[80000:120000]).max() > 0.03


def test_a_picture_that_changes_its_size_is_read_or_refused_in_a_sentence(ffmpeg, tmp_path):
    parts = []
    for name, size, offset in (("c", "160x120", "10"), ("d", "96x64", "14")):
        parts.append(tmp_path / f"{name}.ts")
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=4", *tone(440), *X264, "-c:a", "aac",
               "-output_ts_offset", offset, parts[-1])  # fmt: skip
    both = tmp_path / "both.ts"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert sample_frames(both, fps=1).shape == (8, 120, 160, 3)
    made = standardise(both, Square(64, Fraction(8)))
    assert sample_frames(made, fps=1).shape == (8, 64, 64, 3)


def test_a_transport_stream_with_a_short_sound_is_padded(ffmpeg, clip, tmp_path):
    whole, short = tmp_path / "whole.mp4", tmp_path / "short.ts"
    ffmpeg(*PICTURE, *tone(440), *X264, "-c:a", "aac", whole)
    ffmpeg("-i", whole, "-t", "1.5", "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy", short)
    made = standardise(short, Square(96, Fraction(3)))
    assert float(probe(made).picture_seconds) == 3
    heard = read_sound(made)
    assert len(heard) / 16000 == pytest.approx(3, abs=0.05)
    assert np.abs(heard[4000:20000]).max() > 0.05
    assert np.abs(heard[27000:]).max() < 0.01


@pytest.mark.parametrize("until", [6, 60])
def test_subtitles_that_outlast_a_clip_do_not_cut_it(until, ffmpeg, tmp_path):
    whole, words, source = tmp_path / "a.mp4", tmp_path / "s.srt", tmp_path / "subtitled.mkv"
    ffmpeg(*PICTURE, *tone(440), *X264, "-c:a", "aac", whole)
    words.write_text(f"1\n00:00:00,000 --> 00:00:{until - 1:02},900\nhello\n")
    ffmpeg("-i", whole, "-i", words, "-map", "0", "-map", "1", "-c", "copy", "-c:s", "srt", source)
    assert float(probe(source).picture_seconds) == pytest.approx(4, abs=0.03)


@pytest.mark.parametrize("seed", range(12))
def test_damage_in_a_sound_is_not_taken_for_a_lack_of_permission(seed, four_seconds, tmp_path):
    data = bytearray(four_seconds.read_bytes())
    at = data.index(b"mdat")
    at += (len(data) - at) // 3
    data[at : at + 3000] = np.random.default_rng(seed).bytes(3000)
    source = tmp_path / "damaged.mp4"
    source.write_bytes(data)
    refused: ClipError | None = None
    try:
        assert len(read_sound(source)) == 64000
    except ClipError as error:
        refused = error
    assert refused is None or (refused.problem == "damaged" and "permission" not in str(refused))


def test_a_file_that_nobody_may_read_is_still_a_matter_of_permission(clip, monkeypatch):
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(av, "open", forbidden)
    with pytest.raises(ClipError, match="check its permissions") as refused:
        probe(clip)
    assert refused.value.problem == "unreadable"


@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_an_encrypted_recording_is_called_encrypted(container, ffmpeg, clip, tmp_path):
    source, key = tmp_path / f"locked.{container}", "76a6c65c5ea762046bd749a2e632ccbb"
    locked = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", key, "-encryption_kid", key)
    ffmpeg(*PICTURE, *tone(440), *X264, "-c:a", "aac", *locked, "-f", "mp4", source)
    for read in (probe, read_sound, sample_frames, to_mp4, remove_sound, lambda s: swap_sound(clip, s)):
        with pytest.raises(ClipError, match="is encrypted") as refused:
            read(source)
        assert refused.value.problem == "encrypted"


def test_a_name_that_is_not_utf_8_is_no_obstacle(clip, tmp_path):
    source = tmp_path / b"caf\xe9.mp4".decode("utf-8", "surrogateescape")
    source.write_bytes(clip.read_bytes())
    assert probe(source) == probe(clip)
    assert np.array_equal(read_sound(source), read_sound(clip))


@pytest.mark.parametrize("seed", range(24))
def test_what_is_made_of_a_damaged_recording_can_be_read(seed, four_seconds, clip):
    data = four_seconds.read_bytes()
    mutant = mutate(random.Random(seed), data, [data])
    for make in (remove_sound, zero_frames, lambda s: swap_sound(s, clip), lambda s: swap_sound(clip, s)):
        with contextlib.suppress(ClipError):
            made = make(mutant)
            assert probe(made).frames > 0
            assert len(sample_frames(made, fps=2)) > 0


@pytest.fixture(scope="session")
def four_seconds(ffmpeg, made_once) -> Path:
    def fill(folder: Path) -> None:
        folder.mkdir()
        ffmpeg(*PICTURE, *tone(440), *X264, "-c:a", "aac", folder / "a.mp4")

    return made_once("four-seconds", fill) / "a.mp4"
