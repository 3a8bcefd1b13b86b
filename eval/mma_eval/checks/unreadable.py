"""Store the permanent problems of clips, so that later runs need not find them again."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from mma_bench.core.differences import shortened
from mma_bench.core.errors import ClipError, ClipProblem, OptionsError
from mma_bench.core.files import file_sha256, write_text
from mma_bench.core.records import parse_json

UNREADABLE = "unreadable.json"
"""File beside the answers: a JSON object of reasons by `ClipToCheck.key`."""
PERMANENT: Collection[ClipProblem] = (
    *("empty", "unknown_container", "encrypted", "no_picture", "no_sound", "truncated", "too_short", "damaged"),
    *("black", "silent"),
)
"""Problems inherent in a file's content. Others, such as a missing drive or running out of memory, may be transient."""


def read_unreadable(folder: Path) -> dict[str, str]:
    """Read the permanent problems found by earlier runs, by `ClipToCheck.key`.

    Raises:
        OptionsError: the file is unreadable or malformed.
    """
    path = folder / UNREADABLE
    if not path.is_file():
        return {}
    try:
        reasons = parse_json(path.read_bytes())
        if not isinstance(reasons, dict) or not all(isinstance(reason, str) for reason in reasons.values()):
            raise ValueError(f"expected an object with a reason for each clip, found {shortened(reasons)}")
    except (OSError, ValueError) as error:
        raise OptionsError(f"{path}: cannot be read ({error}); delete the file and run the command again") from error
    return {key: reason for key, reason in reasons.items() if reason.partition(":")[0] in PERMANENT}


def write_unreadable(folder: Path, reasons: Mapping[str, str]) -> None:
    """Write the permanent problems for later runs."""
    write_text(folder / UNREADABLE, json.dumps(reasons, ensure_ascii=False, indent=1) + "\n")


def digest_of(file: Path) -> str:
    """Return the SHA-256 digest of a clip's file; raise a ClipError if it cannot be read."""
    try:
        return file_sha256(file)
    except OSError as error:
        raise not_readable(file, error) from error


def not_readable(file: Path, error: OSError) -> ClipError:
    """Convert an OSError into a ClipError."""
    if isinstance(error, FileNotFoundError):
        return ClipError(file, "missing_file", "no such file; check the path")
    advice = "check its permissions" if isinstance(error, PermissionError) else "check the drive, or copy it again"
    return ClipError(file, "unreadable", f"cannot be read ({error.strerror or error}); {advice}")


def is_there(file: Path) -> bool:
    """Return True if a clip's file exists; an inaccessible folder counts as empty."""
    try:
        return file.is_file()
    except OSError:
        return False


def reason_of(error: ClipError) -> str:
    """Format a clip's problem as the reason stored in checks.parquet."""
    return f"{error.problem}: {error.detail}"
