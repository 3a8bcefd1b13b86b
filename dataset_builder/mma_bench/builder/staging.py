"""Stage a build next to its output folder until it is complete."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mma_bench.core.differences import differences
from mma_bench.core.files import remove_partial_files, storage_errors, write_text
from mma_bench.core.records import Json
from mma_bench.core.workfolder import WorkFolder, sole_writer
from mma_bench.dataset.build_record import BUILD_JSON, MADE_BY, RecordedOptions


@dataclass(frozen=True)
class Staging:
    """The folders of an unfinished build."""

    out: Path

    @property
    def root(self) -> Path:
        """Root of the unfinished build: `<out>.partial`."""
        return self.out.with_name(f"{self.out.name}.partial")

    @property
    def clips(self) -> Path:
        """Prepared clips, which a killed build reuses when it resumes."""
        return self.root / "clips"

    @property
    def dataset(self) -> Path:
        """The folder that becomes `out`."""
        return self.root / "dataset"

    def publish(self) -> None:
        """Rename the finished dataset to `out`, replacing an existing dataset.

        Between the two renames `out` does not exist; `finish_publishing` recovers a build that was killed there.
        """
        if self.out.exists():
            shutil.rmtree(self._replaced, ignore_errors=True)
            self.out.rename(self._replaced)
        self.dataset.rename(self.out)
        shutil.rmtree(self.root, ignore_errors=True)

    def finish_publishing(self) -> None:
        """Complete a `publish` that was killed."""
        if not self.out.exists() and (self.dataset / BUILD_JSON).exists():
            self.dataset.rename(self.out)
        planned = self._replaced.exists() or self._plan.exists()
        if planned and (self.out / BUILD_JSON).exists() and not self.dataset.exists():
            shutil.rmtree(self.root, ignore_errors=True)

    def discard_if_plan_changed(self, digest: str) -> None:
        """Delete shards of another plan, since the usable clips may change between runs."""
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
    """Lock `out` against other builds and yield its staging folders.

    Raises:
        OptionsError: another process is building `out`.
        StorageError: a file cannot be written.
    """
    staging = Staging(out.absolute())
    with sole_writer(staging.out), storage_errors(staging.root):
        staging.finish_publishing()
        yield staging


def begin(staging: Staging, content: RecordedOptions, recorded: RecordedOptions, *, overwrite: bool) -> None:
    """Prepare the folders for a build, keeping the work of an earlier build with the same options.

    Args:
        staging: the folders.
        content: the options that must not change while the build is unfinished, without the digest of the clips: a
            bad clip may be repaired, a missing one added.
        recorded: the same options with the digest of the clips, as in build.json.
        overwrite: replace work that was begun with other options.

    Raises:
        OptionsError: `out` is not a dataset, or is a finished or unfinished one with other options.
    """
    finished = _finished(staging.out)
    finished.require_ours()
    if finished.is_ours and not overwrite:
        finished.require_same(recorded.as_json(), _options_in(finished), what="a dataset")
    wanted = content.as_json()
    begun = WorkFolder(staging.root, MADE_BY, "options.json")
    if begun.is_ours and differences(wanted, _options_in(begun) or {}):
        # Prepared clips have a cache key and are valid for any options; shards are not.
        if staging.dataset.exists() and not overwrite:
            begun.require_same(wanted, _options_in(begun), what="an unfinished build")
        shutil.rmtree(staging.dataset, ignore_errors=True)
        (staging.root / "options.json").unlink()
    if not begun.is_ours:
        write_text(staging.root / "options.json", json.dumps({"options": wanted}, indent=1))
    remove_partial_files(staging.root)


def complete_with(out: Path, recorded: RecordedOptions) -> bool:
    """Return whether `out` contains a complete dataset that was built with these options."""
    there = _options_in(_finished(out))
    return there is not None and not differences(recorded.as_json(), there)


def _finished(out: Path) -> WorkFolder:
    return WorkFolder(out, MADE_BY, BUILD_JSON)


def _options_in(folder: WorkFolder) -> dict[str, Json] | None:
    options = (folder.content() or {}).get("options")
    return options if isinstance(options, dict) else None
