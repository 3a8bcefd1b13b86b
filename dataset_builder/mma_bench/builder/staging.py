"""Where a build works until it is whole: beside its output, which appears, complete, at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from mma_bench.builder.files import remove_partial_files, storage_error, write_text
from mma_bench.errors import OptionsError

MANIFEST = "build.json"
"""Written last: its presence in a folder means that the dataset there is complete."""


@dataclass(frozen=True)
class Staging:
    """The folders of a build under way."""

    out: Path

    @property
    def root(self) -> Path:
        """All of what is unfinished."""
        return self.out.with_name(f"{self.out.name}.partial")

    @property
    def clips(self) -> Path:
        """Verified clips; found again by the next run of a build that was killed."""
        return self.root / "clips"

    @property
    def dataset(self) -> Path:
        """What becomes `out`."""
        return self.root / "dataset"

    def publish(self) -> None:
        """Give the finished dataset its name. A dataset that is replaced exists until then."""
        old = self.root / "replaced"
        if self.out.exists():
            shutil.rmtree(old, ignore_errors=True)
            self.out.rename(old)
        self.dataset.rename(self.out)
        shutil.rmtree(self.root, ignore_errors=True)


@contextmanager
def staged(out: Path, content: Mapping[str, object], *, overwrite: bool) -> Iterator[Staging]:
    """Lock `out` and find or make the place where it is built.

    Raises:
        OptionsError: `out` is something else, or holds or is becoming a dataset with other options.
        StorageError: its folder cannot be written.
    """
    staging = Staging(out.absolute())
    with _locked(staging.out):
        _require_ours(staging, content, overwrite)
        remove_partial_files(staging.root)
        try:
            yield staging
        except OSError as error:
            raise storage_error(Path(error.filename or staging.root), error) from error


def remove_leftovers(out: Path) -> None:
    """Remove what a build that was killed after it had published left beside its dataset."""
    staging = Staging(out.absolute())
    if staging.root.exists():
        with _locked(staging.out):
            shutil.rmtree(staging.root, ignore_errors=True)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    lock = FileLock(out.with_name(f".{out.name}.lock"), timeout=0)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise OptionsError(f"{out}: another build is writing it; wait for it or choose another --out") from error
    except OSError as error:
        raise storage_error(out.parent, error) from error
    try:
        yield
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def complete_with(out: Path, content: Mapping[str, object]) -> bool:
    """Whether `out` already holds a complete dataset made with these options."""
    return _options_in(out / MANIFEST) == _plain(content)


def _require_ours(staging: Staging, content: Mapping[str, object], overwrite: bool) -> None:
    _restore_interrupted_swap(staging)
    out = staging.out
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / MANIFEST).exists())):
        raise OptionsError(f"{out} exists and is no dataset of ours (no {MANIFEST}); choose another --out")
    if (out / MANIFEST).exists() and not overwrite:
        raise OptionsError(_differs(f"{out} holds a dataset made", _options_in(out / MANIFEST), content))
    begun = staging.root / "options.json"
    if begun.exists() and _options_in(begun) != _plain(content):
        if not overwrite:
            raise OptionsError(_differs(f"{staging.root} holds an unfinished build", _options_in(begun), content))
        shutil.rmtree(staging.root)
    if not begun.exists():
        write_text(begun, json.dumps({"options": _plain(content)}, indent=1))


def _restore_interrupted_swap(staging: Staging) -> None:
    """A build killed between the two renames of `publish` leaves the old dataset under another name."""
    replaced = staging.root / "replaced"
    if replaced.exists() and not staging.out.exists():
        replaced.rename(staging.out)


def _options_in(file: Path) -> Mapping[str, object] | None:
    if not file.exists():
        return None
    options = json.loads(file.read_text(encoding="utf-8")).get("options")
    return options if isinstance(options, dict) else None


def _plain(content: Mapping[str, object]) -> Mapping[str, object]:
    plain = json.loads(json.dumps(content, default=str))
    assert isinstance(plain, dict)
    return plain


def _differs(what: str, old: Mapping[str, object] | None, new: Mapping[str, object]) -> str:
    fresh = _plain(new)
    changed = [f"{k} {(old or {}).get(k)!r}, now {v!r}" for k, v in fresh.items() if (old or {}).get(k) != v]
    return f"{what} with other options ({'; '.join(changed)}); add --overwrite to replace it, or choose another --out"
