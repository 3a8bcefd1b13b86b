"""Clips that cannot be asked about: which of them a later run need not read again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from mma_bench.core.errors import ClipError, ClipProblem, OptionsError
from mma_bench.core.files import file_sha256, write_text

UNREADABLE = "unreadable.json"
"""Beside the answers, so that no model is loaded to find that out again."""
OF_THE_CONTENT: Collection[ClipProblem] = (
    "empty",
    "unknown_container",
    "no_picture",
    "no_sound",
    "truncated",
    "too_short",
    "damaged",
    "black",
    "silent",
)
"""What a file with the same bytes has always. All else, a drive that is away or memory that is short, may pass."""


def read_unreadable(folder: Path) -> dict[str, str]:
    """What earlier runs found, as `CheckWork.unreadable` has it.

    Raises:
        OptionsError: the file cannot be read.
    """
    path = folder / UNREADABLE
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        reasons = {str(key): str(reason) for key, reason in found.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise OptionsError(f"{path}: cannot be read ({error}); delete it, and it is made anew") from error
    return {key: reason for key, reason in reasons.items() if reason.partition(":")[0] in OF_THE_CONTENT}


def write_unreadable(folder: Path, reasons: Mapping[str, str]) -> None:
    """Keep them for later runs.

    Raises:
        StorageError: the file cannot be written.
    """
    write_text(folder / UNREADABLE, json.dumps(reasons, ensure_ascii=False, indent=1) + "\n")


def digest_of(file: Path) -> str:
    """Digest of a clip's file.

    Raises:
        ClipError: it is gone, or cannot be read now.
    """
    try:
        return file_sha256(file)
    except OSError as error:
        raise not_readable(file, error) from error


def not_readable(file: Path, error: OSError) -> ClipError:
    """What the operating system's refusal says of a clip."""
    if isinstance(error, FileNotFoundError):
        return ClipError(file, "missing_file", "no such file; check the path")
    advice = "check its permissions" if isinstance(error, PermissionError) else "check the drive, or copy it again"
    return ClipError(file, "unreadable", f"cannot be read ({error.strerror or error}); {advice}")


def is_there(file: Path) -> bool:
    """Whether a clip has a file; what lies in a folder that may not be looked into has none."""
    try:
        return file.is_file()
    except OSError:
        return False


def reason_of(error: ClipError) -> str:
    """Why a clip is not kept."""
    return f"{error.problem}: {error.detail}"
