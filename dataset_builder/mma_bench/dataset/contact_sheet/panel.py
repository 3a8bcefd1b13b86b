"""Describe a row of the dataset, or a media file, as a panel of a contact sheet."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mma_bench.benchmark.conditions import CONDITIONS, Condition
from mma_bench.benchmark.schema import Row
from mma_bench.dataset.contact_sheet.page import (
    ACCENTS,
    FRAME_GAP,
    FRAME_HEIGHTS,
    FRAMES,
    OTHER_ACCENT,
    STRIP_WIDTH,
    Run,
)
from mma_bench.dataset.contact_sheet.questions import added_words, question_runs
from mma_bench.media.container import Source
from mma_bench.media.frames import sample_frames
from mma_bench.media.probe import MediaInfo, probe
from mma_bench.media.sound import SAMPLE_RATE, read_sound


@dataclass(frozen=True)
class Block:
    """Label beside the video, the audio or the text of a panel."""

    label: str
    value: str
    note: str = ""
    changed: bool = False
    """True if the condition changed the content; it is then drawn in the panel's colour."""


@dataclass(frozen=True)
class Panel:
    """The content of one card: heading, video, audio and text."""

    heading: str
    meaning: str
    tag: str
    """Row and split, at the right of the heading."""
    accent: str
    video: Block
    audio: Block
    text: Block
    lines: tuple[tuple[str, tuple[Run, ...]], ...]
    """Title and content of each paragraph beside `text`."""
    frames: NDArray[np.uint8]
    """(T, H, W, 3) uint8 RGB, sampled at the midpoints of T equal parts of the video."""
    video_seconds: float
    samples: NDArray[np.float32] | None
    """(N,) at 16 kHz; None if there is no audio stream."""

    @property
    def seconds(self) -> float:
        """Length of the time axis."""
        heard = 0.0 if self.samples is None else self.samples.size / SAMPLE_RATE
        # Audio is often one packet longer than the video, which needs no gap.
        return max(self.video_seconds, heard if heard > self.video_seconds + 0.15 else 0.0)

    @property
    def is_black(self) -> bool:
        """True if all frames are black, whatever the row states; 16 is black in limited range."""
        return int(self.frames.max()) <= 16

    @property
    def is_silent(self) -> bool:
        """True if the audio is silent or missing, whatever the row states; encoded silence may not decode to zeros."""
        return self.samples is None or float(np.abs(self.samples).max(initial=0.0)) <= 2 / 32768


def panel_of_row(row: Row, split: str, *, alike: int = 1) -> Panel:
    """Build the panel of a row; `alike` is the number of the clip's rows in this condition, one per donor.

    Raises:
        ClipError: the row's mp4 cannot be read.
    """
    condition = CONDITIONS[row.condition]
    info, frames, samples = _read_media(row.video)
    many = f" · the first of {alike} such rows" if alike > 1 else ""
    return Panel(
        heading=row.condition,
        meaning=condition.meaning,
        tag=f"{row.id} · {split}{many}",
        accent=ACCENTS.get(row.condition, OTHER_ACCENT),
        video=_video_block(row, condition),
        audio=_audio_block(row, condition),
        text=_text_block(row, condition),
        lines=(("visual", question_runs(row.visual_question)), ("audio", question_runs(row.audio_question))),
        frames=frames,
        video_seconds=float(info.picture_seconds),
        samples=samples,
    )


def _video_block(row: Row, condition: Condition) -> Block:
    if row.visual_present:
        return Block("shows", row.visual_class)
    return Block("shows", "nothing", f"no {row.visual_class} to be seen", changed=condition.video != "own")


def _audio_block(row: Row, condition: Condition) -> Block:
    changed = condition.audio != "own"
    if not row.audio_present:
        return Block("sounds like", "nothing", f"no {row.audio_class} to be heard", changed)
    return Block("sounds like", row.audio_class, f"from {row.donor_id}" if row.donor_id else "", changed)


def _text_block(row: Row, condition: Condition) -> Block:
    if row.caption_class is not None:
        return Block("reads", row.caption_class, "a false caption", changed=True)
    if condition.text == "long_context":
        return Block("reads", "noise", f"{added_words(row.visual_question):,} random tokens", changed=True)
    return Block("reads", "the question")


def panel_of_file(path: Path) -> Panel:
    """Build the panel of a media file outside any dataset.

    Raises:
        ClipError: the file cannot be read, or has no video.
    """
    info, frames, samples = _read_media(path)
    turned = f", turned by {info.rotation} degrees" if info.rotation else ""
    picture = f"{info.frames} frames of {info.width} x {info.height}{turned} in {float(info.picture_seconds):.3f} s"
    if info.audio_codec is None:
        audio = Block("sound", "none", "no sound stream", changed=True)
        sound = "no sound stream; a clip of the benchmark needs a picture and a sound"
    else:
        channels = {1: "mono", 2: "stereo"}.get(info.channels or 0, f"{info.channels} channels")
        audio = Block("sound", info.audio_codec, f"{(info.rate or 0) / 1000:g} kHz, {channels}")
        sound = f"{info.audio_codec} at {info.rate} Hz, {channels}, {float(info.sound_seconds or 0):.3f} s"
    return Panel(
        heading="recording",
        meaning="what probe says of it",
        tag="",
        accent=OTHER_ACCENT,
        video=Block("picture", info.video_codec, f"{info.width} x {info.height}, {info.fps:g} fps"),
        audio=audio,
        text=Block("file", info.container.split(",")[0], f"{path.stat().st_size / 1e6:,.2f} MB"),
        lines=(("picture", (Run(picture),)), ("sound", (Run(sound),))),
        frames=frames,
        video_seconds=float(info.picture_seconds),
        samples=samples,
    )


def _read_media(source: Source) -> tuple[MediaInfo, NDArray[np.uint8], NDArray[np.float32] | None]:
    """Return the properties, the (`FRAMES`, H, W, 3) frames at the size of their part of the strip, and the samples."""
    info = probe(source)
    width, height = (info.width, info.height) if info.rotation % 180 == 0 else (info.height, info.width)
    scale = min((STRIP_WIDTH / FRAMES - FRAME_GAP) / width, FRAME_HEIGHTS[1] / height)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    # At twice the rate, every second frame is the midpoint of the part of the video that it represents.
    frames = sample_frames(source, fps=2 * FRAMES / float(info.picture_seconds), size=size)[1::2]
    return info, frames, None if info.audio_codec is None else read_sound(source)
