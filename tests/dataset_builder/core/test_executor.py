import subprocess
import sys
from pathlib import Path

import pytest

from hostile_clips import crash, hang
from mma_bench.core.errors import ClipError
from mma_bench.core.executor import WorkerPool

CLIPS = [Path(f"clip{k}") for k in range(6)]


@pytest.mark.parametrize(("work", "bad", "problem"), [(crash, "crash", "crashed"), (hang, "hang", "timed_out")])
def test_a_clip_that_crashes_or_hangs_its_process_costs_only_itself(work, bad, problem):
    clips = [*CLIPS[:3], Path(bad), *CLIPS[3:]]
    with WorkerPool(2, imports=["hostile_clips"]) as pool:
        outcomes = dict(pool.map(work, clips, name_of=str, timeout=3))
    assert list(outcomes) == clips
    error = outcomes.pop(Path(bad))
    assert isinstance(error, ClipError)
    assert (error.clip, error.problem) == (bad, problem)
    assert all(outcomes[clip] == clip for clip in CLIPS)


@pytest.mark.parametrize(("work", "bad", "problem"), [(crash, "crash", "crashed"), (hang, "hang", "timed_out")])
def test_one_call_that_crashes_or_hangs_is_an_error_and_the_next_one_is_answered(work, bad, problem):
    with WorkerPool(1, imports=["hostile_clips"]) as pool:
        with pytest.raises(ClipError) as raised:
            pool.result(work, (Path(bad),), name="a.mp4", timeout=3)
        assert (raised.value.clip, raised.value.problem) == ("a.mp4", problem)
        assert pool.result(work, (CLIPS[0],), name="b.mp4", timeout=30) == CLIPS[0]


def test_results_come_in_the_order_of_the_items_and_items_are_taken_as_needed():
    taken = []

    def items():
        for clip in CLIPS * 10:
            taken.append(clip)
            yield clip

    with WorkerPool(2, imports=["hostile_clips"]) as pool:
        results = pool.map(crash, items(), name_of=str)
        assert next(results) == (CLIPS[0], CLIPS[0])
        assert len(taken) <= 6
        assert [item for item, _ in results] == (CLIPS * 10)[1:]


def test_an_error_that_is_not_the_clips_is_raised():
    with WorkerPool(1, imports=["hostile_clips"]) as pool, pytest.raises(AttributeError):
        list(pool.map(crash, ["text has no name"], name_of=str))


def test_a_script_without_a_main_guard_is_told_so(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from pathlib import Path\n"
        "from mma_bench.core.executor import WorkerPool\n"
        "with WorkerPool(2, imports=['pathlib']) as pool: list(pool.map(abs, [1], name_of=str))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "WorkerError: the worker processes could not start" in done.stderr
    assert 'if __name__ == "__main__":' in done.stderr
