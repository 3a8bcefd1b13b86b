"""Where a build works until it is whole: beside its output, which appears, complete, at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mma_bench.core.errors import OptionsError
from mma_bench.core.files import remove_partial_files, sole_writer, storage_error, write_text

BUILD_JSON = "build.json"
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
        """Give the finished dataset its name. One that is replaced has it until then.

        Between the two renames nothing has the name; `finish_publishing` mends that for a build killed there.
        """
        if self.out.exists():
            shutil.rmtree(self._replaced, ignore_errors=True)
            self.out.rename(self._replaced)
        self.dataset.rename(self.out)
        shutil.rmtree(self.root, ignore_errors=True)

    def finish_publishing(self) -> None:
        """Complete what a build that was killed in `publish` had begun."""
        if not self.out.exists() and (self.dataset / BUILD_JSON).exists():
            self.dataset.rename(self.out)
        planned = self._replaced.exists() or self._plan.exists()
        if planned and (self.out / BUILD_JSON).exists() and not self.dataset.exists():
            shutil.rmtree(self.root, ignore_errors=True)

    def keep_if_planned_alike(self, digest: str) -> None:
        """Drop shards that another plan left here: the clips that can be used may differ from run to run."""
        if not self._plan.exists() or self._plan.read_text(encoding="utf-8") != digest:
            shutil.rmtree(self.dataset, ignore_errors=True)
            write_text(self._plan, digest)

    @property
    def _plan(self) -> Path:
        return self.root / "plan.sha256"

    @property
    def _replaced(self) -> Path:
        return self.root / "replaced"


@contextmanager
def locked(out: Path) -> Iterator[Staging]:
    """The place where `out` is built, with no other build at work on it.

    Raises:
        OptionsError: another build is.
        StorageError: its folder cannot be written.
    """
    staging = Staging(out.absolute())
    with sole_writer(staging.out):
        try:
            staging.finish_publishing()
            yield staging
        except OSError as error:
            raise storage_error(Path(error.filename or staging.root), error) from error


def begin(staging: Staging, content: Mapping[str, object], clips_sha256: str, *, overwrite: bool) -> None:
    """Make the place ready for a build with these options, or find what one of the same options has done.

    Raises:
        OptionsError: `out` is something else, or holds or is becoming a dataset with other options.
    """
    out, wanted = staging.out, _plain({**content, "clips_sha256": clips_sha256})
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / BUILD_JSON).exists())):
        raise OptionsError(f"{out} exists and is no dataset of ours (no {BUILD_JSON}); choose another --out")
    if (out / BUILD_JSON).exists() and not overwrite:
        raise OptionsError(_differs(f"{out} holds a dataset made", _options_in(out / BUILD_JSON), wanted))
    # Which clips there are may change while a build is unfinished: a bad one is repaired, a missing one arrives.
    begun, wanted = staging.root / "options.json", _plain(content)
    if begun.exists() and _options_in(begun) != wanted:
        # Verified clips know what they were made of and serve any options; rows do not.
        if staging.dataset.exists() and not overwrite:
            raise OptionsError(_differs(f"{staging.root} holds an unfinished build", _options_in(begun), wanted))
        shutil.rmtree(staging.dataset, ignore_errors=True)
        begun.unlink()
    if not begun.exists():
        write_text(begun, json.dumps({"options": wanted}, indent=1))
    remove_partial_files(staging.root)


def complete_with(out: Path, content: Mapping[str, object]) -> bool:
    """Whether `out` already holds a complete dataset made with these options."""
    return _options_in(out / BUILD_JSON) == _plain(content)


def _options_in(file: Path) -> Mapping[str, object] | None:
    if not file.exists():
        return None
    try:
        options = json.loads(file.read_text(encoding="utf-8"))["options"]
    except (ValueError, LookupError, TypeError):
        return None  # not readable: nothing equals it
    return options if isinstance(options, dict) else None


def _plain(content: Mapping[str, object]) -> Mapping[str, object]:
    plain = json.loads(json.dumps(content, default=str))
    assert isinstance(plain, dict)
    return plain


def _differs(what: str, old: Mapping[str, object] | None, new: Mapping[str, object]) -> str:
    fresh = _plain(new)
    changed = [f"{k} {(old or {}).get(k)!r}, now {v!r}" for k, v in fresh.items() if (old or {}).get(k) != v]
    how = "; ".join(changed) if old else f"its {BUILD_JSON} cannot be read"
    return f"{what} with other options ({how}); add --overwrite to replace it, or choose another --out"
