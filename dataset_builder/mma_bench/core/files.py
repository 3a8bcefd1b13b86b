"""Write files atomically: even after a crash, a file is complete or missing."""

import errno
import glob
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mma_bench.core.errors import MMABenchError, SourceError

_PARTIAL = ".part-"


class StorageError(MMABenchError):
    """A file cannot be written: the disk is full or read-only, or permission is missing."""


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a temporary path; when the block ends, fsync the file and rename it to `path`.

    Raises StorageError if the file cannot be written. After any error, the temporary file is deleted.
    """
    partial = path.with_name(f"{path.name}{_PARTIAL}{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        sync(partial)
        partial.replace(path)
        sync(path.parent)
    except OSError as error:
        raise storage_error(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()


def remove_partial_files(path: Path) -> None:
    """Delete temporary files left by killed processes, in a folder or for one file; the caller must hold its lock."""
    of_file = f"{glob.escape(path.name)}{_PARTIAL}*"
    for partial in path.rglob(f"*{_PARTIAL}*") if path.is_dir() else path.parent.glob(of_file):
        partial.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file atomically."""
    with writing(path) as partial:
        partial.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a small UTF-8 text file atomically. Lone surrogates, which models' answers may contain, are escaped."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Convert an `OSError` in the block into a `StorageError` that names its file, or `place` if it has none.

    Raises StorageError if a file could not be read or written.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(Path(error.filename or place), error) from error


def remove(path: Path) -> None:
    """Delete a file or a folder if it exists. Raises StorageError if it cannot be deleted."""
    with storage_errors(path):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def storage_error(path: Path, error: OSError) -> MMABenchError:
    """Convert an `OSError` into a `StorageError` with the cause and, if known, the remedy."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        free = shutil.disk_usage(next(p for p in (path, *path.parents) if p.exists())).free
        why = f"no space left ({free / 1e6:.0f} MB free); free some space and run the same command again to resume"
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        why = f"not writable ({error.strerror}); change the permissions, or write to another folder"
    else:
        why = f"{error.strerror or error}"
    return StorageError(f"{path}: {why}")


def unreadable(path: Path | str, error: OSError) -> SourceError:
    """Convert an `OSError` of reading a source into a `SourceError` with the cause and the remedy."""
    return SourceError(f"{path}: cannot be read ({error.strerror}); check the path and its permissions")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Fsync a file, or the entries of a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
