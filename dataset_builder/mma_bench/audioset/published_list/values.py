"""What single values of a published list say: seconds, a start and an end, a YouTube id, a class.

The message of every `ValueError` here is `what was found; what was expected`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from mma_bench.benchmark.classes import class_of_label
from mma_bench.media.demux import MAX_SECONDS

_CLOCK = re.compile(r"(?:(?:([0-9]+):)?([0-9]+):)?([0-9]+(?:\.[0-9]*)?) *(?:s|sec|seconds)?", re.IGNORECASE)
_UNITS = re.compile(r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:[-–—,_~]|\bto\b)\s*")

_ID = r"[A-Za-z0-9_-]{11}"
_LINK = re.compile(
    r"(?:(?:https?:)?//)?(?:[a-z0-9-]+\.)*(?:youtube|youtube-nocookie|youtu)\.(?:com|be)"
    rf"(?:/(?:(?:embed|shorts|v|live)/)?({_ID})(?![A-Za-z0-9_.-]))?[^?#]*(?:\?([^#]*))?(?:#(.*))?",
    re.IGNORECASE,
)
# An id may itself begin with Y or end in _; a Y before it is told by the 11 characters that follow, and a separator.
_NAMES = (re.compile(rf"(Y)({_ID})(?:[_.](.*))?"), re.compile(rf"()({_ID})(?:[_.](.*))?"))
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_TIMES = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:[_-]([0-9]+(?:\.[0-9]+)?))?")
_REPLACED_SOUND = re.compile(r"repDiff_(.+?)(?:_[0-9]+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedRecording:
    """What an id, a link or the name of a file tells."""

    youtube_id: str
    start: float | None = None
    end: float | None = None
    foreign_class: str | None = None
    """The class of the sound that was put in place of its own, as a file name of the authors says."""


def seconds(value: Any) -> float:
    """A time as a number or a text.

    Raises:
        ValueError: it is none, or negative, infinite or not a number.

    >>> seconds("30.0"), seconds("1:30"), seconds("00:00:30"), seconds("1m30s")
    (30.0, 90.0, 30.0, 90.0)
    """
    time = math.nan
    if isinstance(value, str):
        time = _seconds_of_text(value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        time = value if abs(value) < 1e12 else math.inf  # an int may be too large for a float
    if not 0 <= time < math.inf:
        raise ValueError(f"{shown(value)}; expected seconds such as 30.0, or 0:30")
    return float(time)


def interval(value: Any) -> tuple[float, float | None]:
    """A start and an end, or a start alone.

    Raises:
        ValueError: it is neither.

    >>> interval("0:30-0:40"), interval([30, 40]), interval("30.0")
    ((30.0, 40.0), (30.0, 40.0), (30.0, None))
    """
    if isinstance(value, list) and len(value) == 1:
        return interval(value[0])
    if isinstance(value, str):
        times = _BETWEEN.split(value.strip(" ()[]"))
    else:
        times = value if isinstance(value, list) else [value]
    try:
        start, end = times if len(times) != 1 else (times[0], None)
        return seconds(start), None if end is None else seconds(end)
    except ValueError:
        raise ValueError(f"{shown(value)}; expected a start and an end such as [30, 40] or 0:30-0:40") from None


def named_recording(value: Any) -> NamedRecording | None:
    """The recording that an id, a link to YouTube or the name of a file names; None if it names none.

    >>> named_recording("https://youtu.be/3CZ1i2_tKn0?t=30")
    NamedRecording(youtube_id='3CZ1i2_tKn0', start=30.0, end=None, foreign_class=None)
    >>> named_recording("clips/Y3CZ1i2_tKn0_repDiff_Frying_food_0.mp4")
    NamedRecording(youtube_id='3CZ1i2_tKn0', start=None, end=None, foreign_class='Frying_food')
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return None
    text = value.strip()
    link = _LINK.fullmatch(text)
    return _in_link(link) if link else _in_file_name(text)


def class_named(value: Any) -> str:
    """The class of a label, or of a list of one.

    Raises:
        ValueError: several, a number, an id of AudioSet's, or nothing that can be a class.

    >>> class_named(["Canidae, dogs, wolves"])
    'Canidae'
    """
    if isinstance(value, list):
        if len(value) != 1:
            raise ValueError(f"{shown(value)}; expected one class")
        return class_named(value[0])
    try:
        if isinstance(value, str) and not value.strip().isdecimal() and not value.strip().startswith("/"):
            return class_of_label(value)
    except ValueError:
        pass
    raise ValueError(f"{shown(value)}; expected the name of a class such as Frying_food")


def shown(value: Any) -> str:
    """A value in a message: short, on one line, without what a terminal would obey."""
    text = repr(value[:80] if isinstance(value, str) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def shown_name(name: str) -> str:
    """A field's name in a message: as it is, unless that would not be short and on one line."""
    return name if name.isprintable() and len(name) <= 60 else shown(name)


def _seconds_of_text(text: str) -> float:
    if match := _CLOCK.fullmatch(text):
        hours, minutes, rest = (float(part or 0) for part in match.groups())
        if (match[2] and rest >= 60) or (match[1] and minutes >= 60):
            return math.nan
    elif text and (match := _UNITS.fullmatch(text)):
        hours, minutes, rest = (float(part or 0) for part in match.groups())
    else:
        return math.nan
    return 3600 * hours + 60 * minutes + rest


def _in_link(link: re.Match[str]) -> NamedRecording | None:
    given = parse_qs(f"{link[2] or ''}&{link[3] or ''}")
    youtube_id = given.get("v", [link[1] or ""])[0]
    if not re.fullmatch(_ID, youtube_id):
        return None
    return NamedRecording(youtube_id, _first_time(given, "start", "t"), _first_time(given, "end"))


def _first_time(given: Mapping[str, Sequence[str]], *names: str) -> float | None:
    for name in names:
        with suppress(ValueError):
            return seconds(given.get(name, [""])[0])
    return None


def _in_file_name(text: str) -> NamedRecording | None:
    stem = _EXTENSION.sub("", re.split(r"[\\/]", text)[-1])
    match = next((m for pattern in _NAMES if (m := pattern.fullmatch(stem))), None)
    if match is None:
        return None
    prefix, youtube_id, rest = match.groups(default="")
    replaced = _REPLACED_SOUND.fullmatch(rest)
    times = _TIMES.fullmatch(rest)
    start, end = _file_times(times[1], times[2], may_be_index=bool(prefix)) if times else (None, None)
    return NamedRecording(youtube_id, start, end, replaced[1] if replaced else None)


def _file_times(first: str, second: str | None, *, may_be_index: bool) -> tuple[float | None, float | None]:
    """The times in a file's name: milliseconds as in our ids, or seconds.

    A short number alone is no time: it may be seconds, milliseconds or, as in the authors' names, a variant's number.
    """
    start = float(first)
    if second is not None:
        end = float(second)
        per_second = 1000 if "." not in first + second and end - start > MAX_SECONDS else 1
        return start / per_second, end / per_second
    if "." in first or (first.startswith("0") and len(first) > 1):  # 000030, as in the names of VGGSound
        return start, None
    if start >= 1000:
        return start / 1000, None
    return (start if start == 0 and not may_be_index else None), None
