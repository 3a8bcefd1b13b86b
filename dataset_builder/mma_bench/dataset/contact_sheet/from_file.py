"""A panel from a media file: what `probe` says of it."""

from __future__ import annotations

from pathlib import Path

from mma_bench.dataset.contact_sheet.media import read_media
from mma_bench.dataset.contact_sheet.panel import Block, Panel, Run
from mma_bench.dataset.contact_sheet.theme import OTHER_ACCENT
from mma_bench.media.probe import MediaInfo


def panel_of_file(path: Path) -> Panel:
    """The panel of a recording that is in no dataset.

    Raises:
        ClipError: it cannot be read, or has no picture.
    """
    media = read_media(path)
    info = media.info
    return Panel(
        heading="recording",
        meaning="what probe says of it",
        tag="",
        accent=OTHER_ACCENT,
        picture=Block("picture", info.video_codec, f"{info.width} x {info.height}, {info.fps:g} fps"),
        sound=_sound(info),
        text=Block("file", info.container.split(",")[0], f"{path.stat().st_size / 1e6:,.2f} MB"),
        lines=(("picture", (Run(_picture_facts(info)),)), ("sound", (Run(_sound_facts(info)),))),
        frames=media.frames,
        picture_seconds=media.picture_seconds,
        samples=media.samples,
    )


def _sound(info: MediaInfo) -> Block:
    if info.audio_codec is None:
        return Block("sound", "none", "no sound stream", changed=True)
    return Block("sound", info.audio_codec, f"{(info.rate or 0) / 1000:g} kHz, {_channels(info)}")


def _picture_facts(info: MediaInfo) -> str:
    turned = f", turned by {info.rotation} degrees" if info.rotation else ""
    return f"{info.frames} frames of {info.width} x {info.height}{turned} in {float(info.picture_seconds):.3f} s"


def _sound_facts(info: MediaInfo) -> str:
    if info.audio_codec is None:
        return "no sound stream; a clip of the benchmark needs a picture and a sound"
    return f"{info.audio_codec} at {info.rate} Hz, {_channels(info)}, {float(info.sound_seconds or 0):.3f} s"


def _channels(info: MediaInfo) -> str:
    return {1: "mono", 2: "stereo"}.get(info.channels or 0, f"{info.channels} channels")
