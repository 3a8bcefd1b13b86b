"""Everything this project raises on purpose; anything else is a defect of ours."""

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
    # What `fetch` says of a clip that it could not get (fetching.reasons).
    "unavailable",
    "private",
    "age",
    "geography",
    "bot_check",
    "network",
    "corrupt",
    "other",
    # What `check` says of a clip where there is nothing to ask about.
    "black",
    "silent",
]
"""Why a clip cannot be used: the `reason` column of attrition.csv."""


class MMABenchError(Exception):
    """What was given cannot be used; the message says what was found, what was expected and what to do."""


class OptionsError(MMABenchError):
    """The options contradict each other or the work that is already there."""


class SourceError(MMABenchError):
    """A source of clips as a whole cannot be read."""


class PairingError(MMABenchError):
    """The classes of the clips admit no swap in which every clip gets a foreign sound."""


class ClipError(MMABenchError):
    """One clip cannot be used. A build drops it, counts it and goes on."""

    def __init__(self, clip: Path | str, problem: ClipProblem, detail: str) -> None:
        super().__init__(str(clip), problem, detail)  # the arguments, so that it survives pickling
        self.clip = str(clip)
        self.problem: ClipProblem = problem
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.clip}: {self.detail}"


def traced(error: BaseException) -> str:
    """What an error of somebody's code says, with the place where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    said = f"{type(error).__name__}: {first_line(error)}" if str(error).strip() else type(error).__name__
    return said + place


def first_line(error: BaseException) -> str:
    """What an error says, in the one line that a message of ours has room for.

    >>> first_line(ValueError("no such file\\nTraceback ...")), first_line(ValueError())
    ('no such file', 'ValueError')
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
