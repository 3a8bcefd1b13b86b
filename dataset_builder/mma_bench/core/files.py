"""Write files atomically: a file is complete or missing, also after a crash."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mma_bench.core.errors import MMABenchError

_PARTIAL = ".part-"


class StorageError(MMABenchError):
    """A file cannot be written: the disk is full or read-only, or permission is missing."""


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; when the block ends, sync the file and rename it to `path`.

    Raises:
        StorageError: the file cannot be written. Nothing is left behind.
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


def remove_partial_files(folder: Path) -> None:
    """Delete the temporary files that killed processes left under `folder`."""
    for partial in folder.rglob(f"*{_PARTIAL}*"):
        partial.unlink()


def remove_partials_of(path: Path) -> None:
    """Delete the temporary files that killed processes left for one file. Hold its lock (`sole_writer`)."""
    for partial in path.parent.glob(f"{glob.escape(path.name)}{_PARTIAL}*"):
        partial.unlink(missing_ok=True)


def remove_folders(folder: Path, prefix: str) -> None:
    """Delete the folders in `folder` whose names begin with `prefix`."""
    for found in folder.glob(f"{prefix}*/"):
        shutil.rmtree(found, ignore_errors=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file atomically."""
    with writing(path) as partial:
        partial.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a small text file atomically, in UTF-8. Lone surrogates, which answers may hold, are escaped."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Turn an `OSError` of the block into a `StorageError` about its file, or about `place` if it names none.

    Raises:
        StorageError: a file could not be read or written.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(Path(error.filename or place), error) from error


def remove(path: Path) -> None:
    """Delete a file or a folder; nothing happens if there is none.

    Raises:
        StorageError: it cannot be deleted.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(path, error) from error


def storage_error(path: Path, error: OSError) -> MMABenchError:
    """Turn an `OSError` while writing into an error that says what to do."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        why = f"no space left ({_free(path)} free); make room and run the same command again, it continues"
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        why = "no permission to write there; choose another --out or change its permissions"
    else:
        why = f"{error.strerror or error}"
    return StorageError(f"{path}: {why}")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _free(path: Path) -> str:
    existing = next(p for p in (path, *path.parents) if p.exists())
    return f"{shutil.disk_usage(existing).free / 1e6:.0f} MB"
