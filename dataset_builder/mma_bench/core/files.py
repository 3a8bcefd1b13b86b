"""Files that are either there whole or not at all."""

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
    """The disk refuses: full, read-only, or not ours to write."""


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary path to write; when the block ends it is synced and takes the name `path`.

    Raises:
        StorageError: the disk is full or does not let us write. Nothing is left behind.
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
    """Delete what a killed process had begun to write under `folder`."""
    for partial in folder.rglob(f"*{_PARTIAL}*"):
        partial.unlink()


def remove_partials_of(path: Path) -> None:
    """Delete what killed processes had begun to write for one file; to be called by its sole writer."""
    for partial in path.parent.glob(f"{glob.escape(path.name)}{_PARTIAL}*"):
        partial.unlink(missing_ok=True)


def remove_folders(folder: Path, prefix: str) -> None:
    """Delete the folders in `folder` whose names begin so."""
    for found in folder.glob(f"{prefix}*/"):
        shutil.rmtree(found, ignore_errors=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file whole."""
    with writing(path) as partial:
        partial.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a small text file whole. Half a surrogate pair, which an answer may hold, is written as its escape."""
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
    """What an `OSError` while writing means and what to do."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        why = f"no space left ({_free(path)} free); make room and run the same command again, it continues"
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        why = "no permission to write there; choose another --out or change its permissions"
    else:
        why = f"{error.strerror or error}"
    return StorageError(f"{path}: {why}")


def file_sha256(path: Path) -> str:
    """Digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of files, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _free(path: Path) -> str:
    existing = next(p for p in (path, *path.parents) if p.exists())
    return f"{shutil.disk_usage(existing).free / 1e6:.0f} MB"
