"""Parse single values of a published list: a time, an interval, a recording, a class.

Every `ValueError` raised here has the form `what was found; what was expected`.
"""

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs

from mma_bench.benchmark.classes import class_of_label
from mma_bench.media import MAX_SECONDS

_FLAGS = re.ASCII | re.IGNORECASE
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?) *(?:s|sec|seconds)?", _FLAGS)
_UNITS = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", _FLAGS)
_BETWEEN = re.compile(r"\s*(?:[-–—,_~]|\bto\b)\s*")

_ID = r"[A-Za-z0-9_-]{11}"
_LINK = re.compile(
    r"(?:(?:https?:)?//)?(?:[a-z0-9-]+\.)*(?:youtube|youtube-nocookie|youtu)\.(?:com|be)"
    rf"(?:/(?:(?:embed|shorts|v|live)/)?({_ID})(?![A-Za-z0-9_.-]))?[^?#]*(?:\?([^#]*))?(?:#(.*))?",
    re.IGNORECASE,
)
# An id may itself begin with Y or end in _. A Y is a prefix only if 11 characters and a separator follow it.
_FILE_NAMES = (re.compile(rf"(Y)({_ID})(?:[_.](.*))?"), re.compile(rf"()({_ID})(?:[_.](.*))?"))
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_FILE_TIMES = re.compile(r"(\d+(?:\.\d+)?)(?:[_-](\d+(?:\.\d+)?))?", re.ASCII)
_REPLACED_SOUND = re.compile(r"repDiff_(.+?)(?:_[0-9]+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedRecording:
    """A recording on YouTube, parsed from an id, a link or a file name."""

    youtube_id: str
    start: float | None = None
    """Seconds; None if not given."""
    end: float | None = None
    foreign_class: str | None = None
    """Class of the donor's audio, which the authors write into the file names of swapped clips."""


def seconds(value: object) -> float:
    """Parse a time given as a number or a string.

    Raises:
        ValueError: the value is not a time, or is negative, infinite or NaN.

    >>> seconds("30.0"), seconds("1:30"), seconds("00:00:30"), seconds("1m30s")
    (30.0, 90.0, 30.0, 90.0)
    """
    time: float = math.nan
    if isinstance(value, str):
        time = _seconds_of_text(value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        time = value
    if not 0 <= time < math.inf:
        raise ValueError(f"{shown(value)}; expected seconds such as 30.0, or 0:30")
    return float(time)


def interval(value: object) -> tuple[float, float | None]:
    """Parse a start and an end, or a start alone.

    Raises:
        ValueError: the value is neither.

    >>> interval("0:30-0:40"), interval([30, 40]), interval("30.0")
    ((30.0, 40.0), (30.0, 40.0), (30.0, None))
    """
    if isinstance(value, list) and len(value) == 1:
        return interval(value[0])
    times = _BETWEEN.split(value.strip(" ()[]")) if isinstance(value, str) else value
    try:
        start, end = times if isinstance(times, list) and len(times) != 1 else (_only(times), None)
        return seconds(start), None if end is None else seconds(end)
    except ValueError:
        raise ValueError(f"{shown(value)}; expected a start and an end such as [30, 40] or 0:30-0:40") from None


def named_recording(value: object) -> NamedRecording | None:
    """Parse a YouTube id, a link to YouTube or a file name; None if it contains no id.

    >>> named_recording("https://youtu.be/3CZ1i2_tKn0?t=30")
    NamedRecording(youtube_id='3CZ1i2_tKn0', start=30.0, end=None, foreign_class=None)
    >>> named_recording("clips/Y3CZ1i2_tKn0_repDiff_Frying_food_0.mp4")
    NamedRecording(youtube_id='3CZ1i2_tKn0', start=None, end=None, foreign_class='Frying_food')
    """
    value = _only(value)
    if not isinstance(value, str):
        return None
    link = _LINK.fullmatch(value.strip())
    return _in_link(link) if link else _in_file_name(value.strip())


def class_named(value: object) -> str:
    """Convert a label, or a list of one label, to a class name.

    Raises:
        ValueError: the value is several labels, a number, an AudioSet id, or text that cannot be a class.

    >>> class_named(["Canidae, dogs, wolves"])
    'Canidae'
    """
    if isinstance(value, list):
        if len(value) != 1:
            raise ValueError(f"{shown(value)}; expected one class")
        return class_named(value[0])
    if isinstance(value, str) and not value.strip().isdecimal() and not value.strip().startswith("/"):
        with suppress(ValueError):
            return class_of_label(value)
    raise ValueError(f"{shown(value)}; expected the name of a class such as Frying_food")


def shown(value: object) -> str:
    """Quote a value for a message: short, on one line, without control characters."""
    text = repr(value[:80] if isinstance(value, str) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def shown_name(name: str) -> str:
    """Quote a field's name for a message, but only if it is long or not printable."""
    return name if name.isprintable() and len(name) <= 60 else shown(name)


def _only(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _seconds_of_text(text: str) -> float:
    match = _CLOCK.fullmatch(text) or (_UNITS.fullmatch(text) if text else None)
    if match is None:
        return math.nan
    hours, minutes, rest = (float(part or 0) for part in match.groups())
    colons = text.count(":")
    if (colons and rest >= 60) or (colons == 2 and minutes >= 60):
        return math.nan
    return 3600 * hours + 60 * minutes + rest


def _in_link(link: re.Match[str]) -> NamedRecording | None:
    given = {name: values[0] for name, values in parse_qs(f"{link[2] or ''}&{link[3] or ''}").items()}
    youtube_id = given.get("v", link[1] or "")
    times: dict[str, float] = {}
    for name in ("start", "t", "end"):
        with suppress(ValueError):
            times[name] = seconds(given.get(name))
    if not re.fullmatch(_ID, youtube_id):
        return None
    return NamedRecording(youtube_id, times.get("start", times.get("t")), times.get("end"))


def _in_file_name(text: str) -> NamedRecording | None:
    stem = _EXTENSION.sub("", re.split(r"[\\/]", text)[-1])
    match = next((m for pattern in _FILE_NAMES if (m := pattern.fullmatch(stem))), None)
    if match is None:
        return None
    prefix, youtube_id, rest = match.groups(default="")
    replaced = _REPLACED_SOUND.fullmatch(rest)
    times = _FILE_TIMES.fullmatch(rest)
    start, end = _file_times(times[1], times[2], may_be_index=bool(prefix)) if times else (None, None)
    return NamedRecording(youtube_id, start, end, replaced[1] if replaced else None)


def _file_times(first: str, second: str | None, *, may_be_index: bool) -> tuple[float | None, float | None]:
    """Read the times in a file name: milliseconds, as in our own ids, or seconds.

    A short number on its own is ambiguous (seconds, milliseconds or the number of a variant) and gives no time.
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
