"""The errors that this project raises on purpose. Any other error that reaches a user is a defect."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Literal

ClipProblem = Literal[
    "not_a_file",
    "empty",
    "unreadable",
    "unknown_container",
    "no_picture",
    "no_sound",
    "truncated",
    "too_short",
    "too_large",
    "damaged",
    "crashed",
    "timed_out",
    "missing_file",
    "missing_class",
    "duplicate_id",
    "outside_folder",
    # From `fetch`, where a clip could not be downloaded (fetching.reasons).
    "unavailable",
    "private",
    "age",
    "geography",
    "bot_check",
    "network",
    "corrupt",
    "other",
    # From `check`, where a clip shows or sounds nothing to ask about.
    "black",
    "silent",
]
"""Why a clip cannot be used: the `reason` column of attrition.csv."""


class MMABenchError(Exception):
    """Input cannot be used. The message says what was found, what was expected and what to do."""


class OptionsError(MMABenchError):
    """The options contradict each other, or work that was begun with others."""


class SourceError(MMABenchError):
    """A source of clips cannot be read."""


class PairingError(MMABenchError):
    """No valid pairing exists for these class counts."""


class ClipError(MMABenchError):
    """One clip cannot be used. A build drops it, counts it and continues."""

    def __init__(self, clip: Path | str, problem: ClipProblem, detail: str) -> None:
        super().__init__(str(clip), problem, detail)  # all arguments: an exception is unpickled from them
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
    """Return the first line of an exception's message, at most 300 characters; its type if there is none.

    >>> first_line(ValueError("no such file\\nTraceback ...")), first_line(ValueError())
    ('no such file', 'ValueError')
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
