"""Describe a dataset row, with shortened questions, or a media file as a panel of a contact sheet."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mma_bench.benchmark.conditions import CONDITIONS, Condition
from mma_bench.benchmark.schema import Row
from mma_bench.dataset.contact_sheet.page import ACCENTS, FRAME_HEIGHTS, FRAMES, OTHER_ACCENT, STRIP_WIDTH, Run
from mma_bench.media.container import Source
from mma_bench.media.frames import sample_frames
from mma_bench.media.probe import MediaInfo, probe
from mma_bench.media.sound import SAMPLE_RATE, read_sound

_QUESTION = re.compile(
    r"(?P<before>.*?)(?P<asked>Which class best [^{}]*)\{(?P<options>[^{}]*)\}(?P<rest>[^{}]*?single word or phrase\.)"
    r"(?P<after>.*)",
    re.DOTALL,
)
_OPTIONS_CHARACTERS = 120
_DISTRACTOR_CHARACTERS = 90
_PLAIN_CHARACTERS = 260


@dataclass(frozen=True)
class Block:
    """Label beside the video, the audio or the text of a panel."""

    label: str
    value: str
    note: str = ""
    changed: bool = False
    """True if the condition changed the content; the label is then drawn in the panel's colour."""


@dataclass(frozen=True)
class Panel:
    """The content of one card: heading, video, audio and text."""

    heading: str
    meaning: str
    tag: str
    """Row id and split, shown at the right of the heading."""
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
    """(N,) float32 at 16 kHz; None if there is no audio stream."""

    @property
    def seconds(self) -> float:
        """Length of the time axis in seconds."""
        heard = 0.0 if self.samples is None else self.samples.size / SAMPLE_RATE
        # Audio is often one packet longer than the video, which needs no gap.
        return max(self.video_seconds, heard if heard > self.video_seconds + 0.15 else 0.0)

    @property
    def is_black(self) -> bool:
        """True if all decoded frames are black: no value exceeds 16, which is black in limited-range video."""
        return int(self.frames.max()) <= 16

    @property
    def is_silent(self) -> bool:
        """True if the audio is missing or decodes to silence, which may include small values after lossy encoding."""
        return self.samples is None or float(np.abs(self.samples).max(initial=0.0)) <= 2 / 32768


def panel_of_row(row: Row, split: str, alike: int = 1) -> Panel:
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
    changed = condition.video != "own"
    if not row.visual_present:
        return Block("shows", "nothing", f"no {row.visual_class} to be seen", changed)
    return Block("shows", row.visual_class, "", changed)


def _audio_block(row: Row, condition: Condition) -> Block:
    changed = condition.audio != "own"
    if not row.audio_present:
        return Block("sounds like", "nothing", f"no {row.audio_class} to be heard", changed)
    return Block("sounds like", row.audio_class, f"from {row.donor_id}" if row.donor_id else "", changed)


def _text_block(row: Row, condition: Condition) -> Block:
    if row.caption_class is not None:
        return Block("reads", row.caption_class, "a false caption", changed=True)
    if condition.text == "long_context":
        return Block("reads", "noise", f"{_added_words(row.visual_question):,} random tokens", changed=True)
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
    """Read a file's properties, its frames (`FRAMES`, H, W, 3), scaled to fit the strip, and its audio samples."""
    info = probe(source)
    width, height = (info.width, info.height) if info.rotation % 180 == 0 else (info.height, info.width)
    # Frames that fill the strip are 4 pixels apart.
    scale = min((STRIP_WIDTH / FRAMES - 4) / width, FRAME_HEIGHTS[1] / height)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    # At twice the rate, every second frame is the midpoint of the part of the video that it represents.
    frames = sample_frames(source, fps=2 * FRAMES / float(info.picture_seconds), size=size)[1::2]
    return info, frames, None if info.audio_codec is None else read_sound(source)


def question_runs(asked: str) -> tuple[Run, ...]:
    """Split a prompt into runs, marking text that a condition added before or after the question as changed.

    >>> [run.text for run in question_runs("Which class best fits? Options: {A, B}. Use a single word or phrase. q z")]
    ['Which class best fits? Options: {A, B}. Use a single word or phrase.', 'q z']
    """
    parts = _QUESTION.fullmatch(asked)
    if parts is None:
        return (Run(_shortened(asked, _PLAIN_CHARACTERS)),)
    options = ", ".join(_shortened_list(parts["options"].split(", "), _OPTIONS_CHARACTERS))
    runs = (
        Run(_shortened(parts["before"].strip(), _DISTRACTOR_CHARACTERS), changed=True),
        Run(f"{parts['asked']}{{{options}}}{parts['rest']}"),
        Run(_shortened(parts["after"].strip(), _DISTRACTOR_CHARACTERS), changed=True),
    )
    return tuple(run for run in runs if run.text)


def _added_words(asked: str) -> int:
    """Count the words that a condition added before and after the question."""
    parts = _QUESTION.fullmatch(asked)
    return len(f"{parts['before']} {parts['after']}".split()) if parts else 0


def _shortened(text: str, characters: int) -> str:
    """Shorten a text to about `characters`, replacing its middle with the number of omitted words.

    >>> _shortened("a b c d e f g h i j k l m n o p q r s t u v w x y z", 20)
    'a b c d e … 16 more … v w x y z'
    """
    if len(text) <= characters:
        return text
    half = characters // 2
    start, end = text[:half].rsplit(" ", 1)[0], text[-half:].split(" ", 1)[-1]
    left_out = len(text.split()) - len(start.split()) - len(end.split())
    return f"{start} … {left_out:,} more … {end}" if left_out > 0 else f"{text[:half]}…{text[-half:]}"


def _shortened_list(names: list[str], characters: int) -> list[str]:
    """Shorten a list to about `characters`, replacing its middle with the number of omitted names.

    >>> _shortened_list(["Accordion", "Bird", "Clock", "Door", "Wind"], 18)
    ['Accordion', '… 3 more …', 'Wind']
    """
    if len(names) < 3 or len(", ".join(names)) <= characters:
        return names
    kept, used = 1, len(names[0]) + len(names[-1])
    while kept < len(names) - 2 and used + len(names[kept]) + 2 <= characters:
        used += len(names[kept]) + 2
        kept += 1
    return [*names[:kept], f"… {len(names) - kept - 1} more …", names[-1]]
