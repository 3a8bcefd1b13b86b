"""Errors that this project raises on purpose. Any other exception that reaches a user is a bug."""

import traceback
from pathlib import Path
from typing import Literal

_FileProblem = Literal["not_a_file", "empty", "missing_file", "missing_class", "duplicate_id", "outside_folder"]
_MediaProblem = Literal[
    "unreadable", "unknown_container", "encrypted", "no_picture", "no_sound", "truncated", "too_short", "too_large"
]
_WorkerProblem = Literal["damaged", "crashed", "timed_out"]
# From `fetch`: the clip could not be downloaded (fetching.reasons).
_FetchProblem = Literal["unavailable", "private", "age", "geography", "bot_check", "network", "corrupt", "other"]
# From `check`: the clip has nothing to see or nothing to hear.
_CheckProblem = Literal["black", "silent"]
ClipProblem = _FileProblem | _MediaProblem | _WorkerProblem | _FetchProblem | _CheckProblem
"""Reasons why a clip cannot be used: the `reason` column of attrition.csv."""


class MMABenchError(Exception):
    """Base class of this project's errors. The message states what was found, what was expected and what to do."""


class OptionsError(MMABenchError):
    """Options are invalid, contradict each other, or do not fit the content of the output folder."""


class SourceError(MMABenchError):
    """A source of clips cannot be read."""


class PairingError(MMABenchError):
    """No valid pairing, or no false caption, exists for these classes."""


class ClipError(MMABenchError):
    """A clip cannot be used. A build drops the clip and continues, unless --strict is given."""

    def __init__(self, clip: Path | str, problem: ClipProblem, detail: str) -> None:
        super().__init__(str(clip), problem, detail)  # unpickling passes `args` to __init__
        self.clip = str(clip)
        self.problem: ClipProblem = problem
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.clip}: {self.detail}"


def traced(error: BaseException) -> str:
    """Format a third-party exception with the file and line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    message = f"{type(error).__name__}: {first_line(error)}" if str(error).strip() else type(error).__name__
    return message + place


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's message, at most 300 characters; its type if the message is empty.

    >>> first_line(ValueError("no such file\\nTraceback ...")), first_line(ValueError())
    ('no such file', 'ValueError')
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
