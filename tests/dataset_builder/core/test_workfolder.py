"""Work folders: recognised, continued or refused, and written by one process at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mma_bench.core.errors import MMABenchError, OptionsError
from mma_bench.core.files import StorageError, remove
from mma_bench.core.signals import Interrupted, raising_interrupted, termination_event
from mma_bench.core.workfolder import WorkFolder, sole_writer


class RefusedError(MMABenchError):
    """The error of another command."""


def test_a_missing_or_empty_folder_may_be_filled(tmp_path: Path) -> None:
    WorkFolder(tmp_path / "new", "mma-bench build", "build.json").require_ours()
    WorkFolder(tmp_path, "mma-bench build", "build.json").require_ours()


def test_a_folder_of_another_program_is_refused_and_its_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RefusedError, match=r"was not made by `mma-bench train` \(it contains thesis\.tex\)"):
        WorkFolder(tmp_path, "mma-bench train", "state.json", RefusedError).require_ours()


def test_a_folder_with_the_record_or_with_allowed_names_only_passes(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    WorkFolder(tmp_path, "mma-bench train", "state.json").require_ours(allowed=[".*"])
    (tmp_path / "thesis.tex").touch()
    (tmp_path / "state.json").touch()
    WorkFolder(tmp_path, "mma-bench train", "state.json").require_ours()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OptionsError, match="is a file"):
        WorkFolder(tmp_path / "file", "mma-bench export").require_ours()


def test_work_with_the_same_content_continues_and_other_work_is_refused_with_all_differences(tmp_path: Path) -> None:
    folder = WorkFolder(tmp_path, "mma-bench build", "build.json")
    folder.require_same({"seed": 0, "limit": None}, {"seed": 0}, what="a dataset")
    with pytest.raises(OptionsError) as refused:
        folder.require_same({"seed": 1, "a": {"b": [2]}}, {"seed": 0, "a": {"b": [1]}}, what="a dataset")
    assert str(refused.value).splitlines()[1:3] == ["  seed: 1 here, 0 there", "  a.b: [2] here, [1] there"]
    folder.require_same({"seed": 1, "started": 2}, {"seed": 1, "started": 1}, what="a dataset", sections=["seed"])


@pytest.mark.parametrize("text", ["{ broken", "[]", '{"a": NaN}', "[" * 100_000, b"\xff"])
def test_a_record_that_cannot_be_read_is_like_other_content(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / "build.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    folder = WorkFolder(tmp_path, "mma-bench build", "build.json")
    assert folder.content() is None
    with pytest.raises(OptionsError, match=r"build\.json cannot be read"):
        folder.require_same({}, folder.content(), what="a dataset")


def test_one_process_at_a_time_writes_a_path_and_a_killed_one_releases_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    held = "import sys, time; from pathlib import Path; from mma_bench.core.workfolder import sole_writer\n"
    held += "with sole_writer(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", held, out], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(OptionsError, match="another process is writing it"), sole_writer(out):
            pass
        process.kill()
    with sole_writer(out):
        pass
    assert not list(tmp_path.iterdir())


def test_removing_takes_files_and_folders_and_not_what_a_link_points_to(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious").touch()
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    for name in ("link", "missing"):
        remove(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    remove(tmp_path / "mine")
    assert not list(tmp_path.iterdir())
    with pytest.raises(StorageError):
        remove(Path("/proc/self/status"))


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_a_block_or_sets_an_event_and_the_handlers_of_before_return(signum: signal.Signals) -> None:
    before = signal.getsignal(signum)
    with pytest.raises(Interrupted) as interrupted, raising_interrupted():
        os.kill(os.getpid(), signum)
    assert interrupted.value.exit_code == 128 + signum
    with termination_event() as ended:
        assert not ended.is_set()
        os.kill(os.getpid(), signum)
        assert ended.wait(10)
    assert signal.getsignal(signum) is before
