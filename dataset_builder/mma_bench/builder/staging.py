"""Stage a build next to its output folder until it is complete."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mma_bench.core.differences import differences
from mma_bench.core.files import remove_partial_files, storage_errors, write_text
from mma_bench.core.records import Json
from mma_bench.core.workfolder import WorkFolder, sole_writer
from mma_bench.dataset.build_record import BUILD_JSON, MADE_BY, RecordedOptions


class Staging:
    """The folders of an unfinished build."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.root = out.with_name(f"{out.name}.partial")
        self.clips = self.root / "clips"
        """Prepared clips, which a killed build reuses when it resumes."""
        self.dataset = self.root / "dataset"
        """The folder that becomes `out`."""
        self._plan = self.root / "plan.sha256"
        self._replaced = self.root / "replaced"

    def publish(self) -> None:
        """Rename the finished dataset to `out`, replacing an existing dataset.

        Between the two renames `out` does not exist; `finish_publishing` recovers a build killed at that point.
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
        """Delete the shards of an earlier run if its plan differs, for example because other clips were usable."""
        if not self._plan.exists() or self._plan.read_text(encoding="utf-8") != digest:
            shutil.rmtree(self.dataset, ignore_errors=True)
            write_text(self._plan, digest)


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


def begin(staging: Staging, content: RecordedOptions, recorded: RecordedOptions, *, overwrite: bool) -> bool:
    """Prepare the folders for a build, keeping the work of an earlier build with the same options.

    Args:
        staging: the folders.
        content: the options that a resumed build must share, without the digest of the clips, since clips may have been
            repaired or added meanwhile.
        recorded: the same options with the digest of the clips, as written to build.json.
        overwrite: replace a dataset or an unfinished build with other options.

    Returns:
        False if `out` already is a complete dataset with these options; True if there is something to build.

    Raises:
        OptionsError: `out` is not a dataset, or `out` or the unfinished build has other options.
    """
    finished = WorkFolder(staging.out, MADE_BY, BUILD_JSON)
    finished.require_ours()
    if finished.is_ours and not overwrite:
        finished.require_same(recorded.as_json(), _options_in(finished), what="a dataset")
        return False
    begun, wanted = WorkFolder(staging.root, MADE_BY, "options.json"), content.as_json()
    there = _options_in(begun)
    if there is None or differences(wanted, there):
        # Prepared clips have a cache key and are valid for any options; shards are not.
        if begun.is_ours and staging.dataset.exists() and not overwrite:
            begun.require_same(wanted, there, what="an unfinished build")
        shutil.rmtree(staging.dataset, ignore_errors=True)
        write_text(staging.root / "options.json", json.dumps({"options": wanted}, indent=1))
    remove_partial_files(staging.root)
    return True


def _options_in(folder: WorkFolder) -> dict[str, Json] | None:
    options = (folder.content() or {}).get("options")
    return options if isinstance(options, dict) else None
