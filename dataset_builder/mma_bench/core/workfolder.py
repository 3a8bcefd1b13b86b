"""Lock, recognise, resume, reject or replace the output folders of commands.

Builds, exports, runs, trainings, reviews and Space folders follow the same rules. Only one process at a time writes a
folder. A folder filled by another program is left alone. Work begun with the same content is resumed; work with other
content is rejected with a list of the differences, unless --overwrite is given.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from filelock import FileLock, Timeout

from mma_bench.core.differences import differences
from mma_bench.core.errors import MMABenchError, OptionsError
from mma_bench.core.files import storage_error
from mma_bench.core.records import Json, parse_json


@dataclass(frozen=True)
class WorkFolder:
    """The output folder of a command, filled in one or more runs."""

    path: Path
    made_by: str
    """Name of the command for messages, such as `mma-bench build`."""
    record: str | None = None
    """Name of the JSON file that describes the folder's content; None if the command writes no such file."""
    error: type[MMABenchError] = OptionsError
    """Type of the errors that reject the folder."""

    @property
    def is_ours(self) -> bool:
        """True if the folder contains the command's record file."""
        return self.record is not None and (self.path / self.record).exists()

    def require_ours(self, *, allowed: Collection[str] = (), remedy: str = "choose another --out") -> None:
        """Reject a folder that this command did not fill; files whose names match a pattern in `allowed` are ignored.

        Raises an error of type `self.error` if the path is a file, or a folder with other content.
        """
        if not self.path.exists() or self.is_ours:
            return
        if not self.path.is_dir():
            raise self.error(f"{self.path} is a file, not a folder; choose another path")
        strangers = [p.name for p in self.path.iterdir() if not any(fnmatchcase(p.name, name) for name in allowed)]
        if strangers:
            found = ", ".join(sorted(strangers)[:5])
            raise self.error(
                f"{self.path} is not empty and was not made by `{self.made_by}` (it contains {found}); {remedy}"
            )

    def content(self) -> dict[str, Json] | None:
        """Return the JSON object in the record file; None if the file is missing or unreadable."""
        try:
            content = parse_json((self.path / (self.record or "")).read_bytes())
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) else None

    def require_same(
        self,
        wanted: Mapping[str, Json],
        there: Mapping[str, Json] | None,
        *,
        what: str,
        sections: Collection[str] | None = None,
    ) -> None:
        """Reject a folder that contains work (`what`, such as "an export") with other content.

        `wanted` is the content of this run, `there` that of the folder (None if unreadable); `sections` are the
        top-level keys to compare (None for all).

        Raises an error of type `self.error` that lists the differences.
        """
        if changed := [f"{self.record} cannot be read"] if there is None else differences(wanted, there, sections):
            listed = "".join(f"\n  {line}" for line in changed)
            raise self.error(
                f"{self.path} contains {what} with other content:{listed}\n"
                "Use --overwrite to start over, or choose another --out"
            )


@contextmanager
def sole_writer(path: Path, name: Path | None = None) -> Iterator[None]:
    """Hold an exclusive lock on a file or folder against other processes of this project.

    The operating system releases the lock if the process is killed. Messages call it `name`, by default `path`.

    Raises:
        OptionsError: another process holds the lock.
        StorageError: the lock file cannot be written.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise OptionsError(
            f"{name or path}: another process is writing it; wait until it ends, or choose another --out"
        ) from error
    except OSError as error:
        raise storage_error(path, error) from error
    try:
        yield
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)
