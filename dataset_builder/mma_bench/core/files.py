"""Write files atomically: even after a crash, a file is complete or missing."""

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
    """Yield a temporary path; when the block ends, fsync the file and rename it to `path`.

    Raises:
        StorageError: the file cannot be written. The temporary file is deleted.
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
    """Delete temporary files of killed processes under `folder`."""
    for partial in folder.rglob(f"*{_PARTIAL}*"):
        partial.unlink()


def remove_partials_of(path: Path) -> None:
    """Delete temporary files of killed processes for one file. The caller must hold its lock (`sole_writer`)."""
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
    """Write a small UTF-8 text file atomically. Lone surrogates, which models' answers may contain, are escaped."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Convert an `OSError` in the block into a `StorageError` for its file, or for `place` if it names no file.

    Raises:
        StorageError: a file could not be read or written.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(Path(error.filename or place), error) from error


def remove(path: Path) -> None:
    """Delete a file or a folder if it exists.

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
    """Convert an `OSError` into a `StorageError` with the cause and, for known causes, the remedy."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        why = f"no space left ({_free(path)} free); free some space and run the same command again to resume"
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        why = "not writable; choose another --out or change the permissions"
    else:
        why = f"{error.strerror or error}"
    return StorageError(f"{path}: {why}")


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


def _free(path: Path) -> str:
    existing = next(p for p in (path, *path.parents) if p.exists())
    return f"{shutil.disk_usage(existing).free / 1e6:.0f} MB"
