"""A new run inherits no attention of an earlier one, wherever that was killed."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mma_bench.core.errors import OptionsError
from mma_bench.core.files import StorageError
from mma_eval.attention.files import read_attention
from mma_eval.attention.run import measure_attention
from mma_eval.evaluation import evaluate
from mma_eval.run.folder import ATTENTION
from mma_eval.run.options import EvalOptions
from mma_eval.run.record import RUN
from mma_eval.run.store import PREDICTIONS, PredictionLog

CONDITIONS = ("aligned", "misaligned")


def options(built: Path, out: Path, **more: object) -> EvalOptions:
    return EvalOptions(**({"data": str(built), "out": out, "conditions": CONDITIONS, "limit": 12} | more))


class Killed(BaseException):
    """Stands in for the signal that kills a run."""


def killed(*_: object, **__: object) -> None:
    raise Killed


def test_attention_of_a_run_killed_before_its_first_answer_is_deleted(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(PredictionLog, "append", killed)
        with pytest.raises(Killed):
            measure_attention(options(built, tmp_path, limit=3))
    assert list((tmp_path / ATTENTION).glob("*.parquet"))
    assert not (tmp_path / PREDICTIONS).read_bytes()
    tuned = {"limit": 2, "conditions": ("misaligned",), "model_options": {"adapter": "tiny-omni-mma"}}
    measure_attention(options(built, tmp_path, **tuned))
    assert {r.condition for r in read_attention(tmp_path)} == {"misaligned"}
    assert sum(pq.read_metadata(part).num_rows for part in (tmp_path / ATTENTION).iterdir()) == 2 * 2


@pytest.mark.parametrize("removed", [RUN, PREDICTIONS, "metrics.json", ATTENTION])
def test_an_overwrite_that_is_killed_leaves_no_attention_of_the_old_run_to_the_new(
    removed: str, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure_attention(options(built, tmp_path, limit=2))
    tuned = {"limit": 1, "conditions": ("misaligned",), "model_options": {"adapter": "tiny-omni-mma"}}
    with monkeypatch.context() as patched:
        kill_when_removing(tmp_path / removed, patched)
        with pytest.raises(Killed):
            measure_attention(options(built, tmp_path, overwrite=True, **tuned))
    try:
        measure_attention(options(built, tmp_path, **tuned))
    except OptionsError:  # the old run's answers are still there, and another run's
        measure_attention(options(built, tmp_path, overwrite=True, **tuned))
    assert [r.condition for r in read_attention(tmp_path)] == ["misaligned"] * 2
    assert sum(pq.read_metadata(part).num_rows for part in (tmp_path / ATTENTION).iterdir()) == 2


def kill_when_removing(path: Path, patched: pytest.MonkeyPatch) -> None:
    unlink, rmtree = Path.unlink, shutil.rmtree

    def unlink_or_die(self: Path, *, missing_ok: bool = False) -> None:
        (killed if self == path else unlink)(self, missing_ok=missing_ok)

    def rmtree_or_die(folder: Path) -> None:
        (killed if folder == path else rmtree)(folder)

    patched.setattr(Path, "unlink", unlink_or_die)
    patched.setattr(shutil, "rmtree", rmtree_or_die)


def test_attention_that_cannot_be_deleted_ends_the_overwrite(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure_attention(options(built, tmp_path, limit=1))

    def refused(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", refused)
        with pytest.raises(StorageError, match=r"attention: not writable"):
            measure_attention(options(built, tmp_path, limit=1, overwrite=True))
    assert len(read_attention(tmp_path)) == 2 * 2


def test_an_evaluation_deletes_the_attention_of_an_earlier_run(built: Path, tmp_path: Path) -> None:
    measure_attention(options(built, tmp_path, limit=1))
    (tmp_path / PREDICTIONS).unlink()
    evaluate(options(built, tmp_path, limit=1, model="random"))
    assert not (tmp_path / ATTENTION).exists()
