"""A row of every container and codec is what ffmpeg reads of its recordings, and a browser plays it to its end."""

from pathlib import Path

from recordings import FORMATS
from rows_by_ffmpeg import compare

CLASSES = ("bird", "clock", "rain", "train")


def test_every_container_and_codec_lends_its_sound_and_takes_another(ffmpeg, browser, tmp_path):
    recordings: dict[Path, str] = {}
    for number, (name, (options, _, _)) in enumerate(FORMATS.items()):
        picture = ("-f", "lavfi", "-i", f"testsrc2=s=160x120:r=25:d=3,hue=h={13 * number}")
        rising = f"0.5*sin(2*PI*({300 + 20 * number}+300*t)*t)*lt(mod(t,0.41),0.2)"  # no part of it resembles another
        ffmpeg(*picture, "-f", "lavfi", "-i", f"aevalsrc='{rising}':s=44100:d=3", *options, made := tmp_path / name)
        recordings[made] = CLASSES[number % len(CLASSES)]
    found = compare(recordings, tmp_path / "work", browser, ["misaligned"])
    assert len(found) == len(FORMATS)
    assert {row_id: said for row_id, said in found.items() if said} == {}
