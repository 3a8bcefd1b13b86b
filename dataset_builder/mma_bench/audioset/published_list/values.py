"""Parse single values of a published list: a time, an interval, a recording, a class.

Every `ValueError` raised here has the form `what was found; what was expected`.
"""

import math
import re
import reprlib
from contextlib import suppress
from typing import NamedTuple

from mma_bench.benchmark.classes import class_of_label
from mma_bench.media import MAX_SECONDS

_FLAGS = re.ASCII | re.IGNORECASE
# The first colon ends the minutes in 0:30, but the hours in 0:00:30.
_TIME = re.compile(
    r"(?:(\d+)(?:h|:(?=\d+:)))?(?:(\d+)(?:m|:(?=\d)))?(\d+(?:\.\d*)?)? *(?:(?<=[\d. ])(?:s|sec|seconds))?", _FLAGS
)
_BETWEEN = re.compile(r"\s*(?:[-–—,_~]|\bto\b)\s*")

_ID = r"[A-Za-z0-9_-]{11}"
_YOUTUBE = re.compile(r"(?:(?:https?:)?//)?(?:[a-z0-9-]+\.)*(?:youtube|youtube-nocookie|youtu)\.(?:com|be)\b", _FLAGS)
_LINKED_ID = re.compile(rf"(?:[?&#]v=|youtu\.be/|/(?:embed|shorts|v|live)/)({_ID})(?=[/?&#]|$)", _FLAGS)
_LINKED_TIME = re.compile(r"[?&#](start|t|end)=([^&#]*)")
# An id may itself begin with Y or end in _. A Y is a prefix only if 11 characters and a separator follow it.
_FILE_NAME = re.compile(
    rf"(?P<prefix>Y?)(?P<id>{_ID})(?:[_.](?:(?i:repDiff)_(?P<foreign>.+?)(?:_\d+)?"
    r"|(?P<start>\d+(?:\.\d+)?)(?:[_-](?P<end>\d+(?:\.\d+)?))?|.*))?(?:\.[A-Za-z][A-Za-z0-9]{1,4})?",
    re.ASCII,
)


class NamedRecording(NamedTuple):
    """A recording on YouTube, parsed from an id, a link or a file name; times in seconds, None if not given."""

    youtube_id: str
    start: float | None = None
    end: float | None = None
    foreign_class: str | None = None
    """Class of the audio swapped in from another clip; the authors write it into the names of such files."""


def seconds(value: object) -> float:
    """Parse a time given as a number or a string. Raises ValueError if it is not a time, or negative or not finite.

    >>> seconds("30.0"), seconds("1:30"), seconds("00:00:30"), seconds("1m30s")
    (30.0, 90.0, 30.0, 90.0)
    """
    time = _seconds_of_text(value.strip()) if isinstance(value, str) else value
    if isinstance(time, bool) or not isinstance(time, int | float) or not 0 <= time < 1e12:
        raise ValueError(f"{shown(value)} is not a time; expected a time such as 30.0 (seconds) or 0:30")
    return float(time)


def interval(value: object) -> tuple[float, float | None]:
    """Parse a start and an end, or a start alone. Raises ValueError if the value is neither.

    >>> interval("0:30-0:40"), interval([30, 40]), interval("30.0")
    ((30.0, 40.0), (30.0, 40.0), (30.0, None))
    """
    times = _only(value)
    if isinstance(times, str):
        times = _only(_BETWEEN.split(times.strip(" ()[]")))
    try:
        start, end = times if isinstance(times, list) else (times, None)
        return seconds(start), None if end is None else seconds(end)
    except ValueError:
        raise ValueError(
            f"{shown(value)} is not a time or interval; expected a time such as 30.0 (seconds) or 0:30, or an "
            "interval such as [30, 40]"
        ) from None


def named_recording(value: object) -> NamedRecording | None:
    """Parse a YouTube id, a link to YouTube or a file name; None if it contains no id.

    >>> named_recording("https://youtu.be/3CZ1i2_tKn0?t=30")
    NamedRecording(youtube_id='3CZ1i2_tKn0', start=30.0, end=None, foreign_class=None)
    >>> named_recording("clips/Y3CZ1i2_tKn0_repDiff_Frying_food_0.mp4")
    NamedRecording(youtube_id='3CZ1i2_tKn0', start=None, end=None, foreign_class='Frying_food')
    """
    text = _only(value)
    if not isinstance(text, str):
        return None
    if _YOUTUBE.match(text.strip()):
        found = _LINKED_ID.search(text.strip())
        given = {name: time for name, raw in _LINKED_TIME.findall(text) if (time := _seconds_of_text(raw)) >= 0}
        return NamedRecording(found[1], given.get("start", given.get("t")), given.get("end")) if found else None
    match = _FILE_NAME.fullmatch(re.split(r"[\\/]", text.strip())[-1])
    return NamedRecording(match["id"], *_file_times(match), match["foreign"]) if match else None


def class_named(value: object) -> str:
    """Convert a label, or a list of one label, to a class name. Raises ValueError for anything else.

    >>> class_named(["Canidae, dogs, wolves"])
    'Canidae'
    """
    label = _only(value)
    if isinstance(label, str) and not label.strip().isdecimal() and not label.strip().startswith("/"):
        with suppress(ValueError):
            return class_of_label(label)
    raise ValueError(f"{shown(value)} is not a class; expected the name of one class, such as Frying_food")


def shown(value: object, most: int = 60) -> str:
    """Quote a value for a message: short, on one line, without control characters."""
    text = repr(value[:most]) if isinstance(value, str) else reprlib.repr(value)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def shown_name(name: str) -> str:
    """Return a field's name for a message, quoted only if it is long or not printable."""
    return name if name.isprintable() and len(name) <= 60 else shown(name)


def _only(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _seconds_of_text(text: str) -> float:
    """Parse 30, 0:30, 00:00:30 or 1m30s; NaN if the text is none of these."""
    match = _TIME.fullmatch(text)
    if not match or not any(match.groups()):
        return math.nan
    hours, minutes, rest = (float(part or 0) for part in match.groups())
    colons = text.count(":")
    valid = (rest < 60 or not colons) and (minutes < 60 or colons < 2)
    return 3600 * hours + 60 * minutes + rest if valid else math.nan


def _file_times(match: re.Match[str]) -> tuple[float | None, float | None]:
    """Parse the start and end in a file name, given in seconds or, as in our own ids, in milliseconds.

    A short number on its own could mean seconds, milliseconds or the number of a variant, so it is not taken as a time.
    """
    first, last = match["start"] or "", match["end"]
    if last:
        unit = 1000 if "." not in first + last and float(last) - float(first) > MAX_SECONDS else 1
        return float(first) / unit, float(last) / unit
    if "." in first or re.match(r"0\d", first):  # 000030, as in the names of VGGSound
        return float(first), None
    if len(first) >= 4 or (first == "0" and not match["prefix"]):
        return float(first) / 1000, None
    return None, None
