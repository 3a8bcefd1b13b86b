"""Run folders, found and named."""

from pathlib import Path

import pytest

from mma_bench.core.errors import OptionsError
from mma_eval.leaderboard.submission import find_runs


def folder(*parts: str | Path, file: str = "run.json") -> Path:
    path = Path(*parts)
    path.mkdir(parents=True)
    (path / file).write_text("{}")
    return path


def test_runs_are_found_in_folders_of_runs_and_named_by_where_they_are(tmp_path: Path) -> None:
    folder(tmp_path, "sent", "alice", "tiny")
    folder(tmp_path, "sent", "bob", "tiny", file="predictions.jsonl")
    folder(tmp_path, "sent", "report_files", file="picture.svg")
    found = find_runs([tmp_path / "sent"])
    assert found == {name: tmp_path / "sent" / name for name in ("alice/tiny", "bob/tiny")}


def test_parts_of_a_run_are_no_runs_of_their_own(tmp_path: Path) -> None:
    folder(tmp_path, "run", "shards", "1-of-2")
    assert find_runs([tmp_path]) == {"run": tmp_path / "run"}


def test_a_run_given_by_itself_has_its_folders_name_and_comes_once(tmp_path: Path) -> None:
    run = folder(tmp_path, "a", "tiny")
    other = folder(tmp_path, "b", "tiny")
    assert find_runs([run, tmp_path / "a", other]) == {"tiny": run, "tiny #2": other}


def test_files_are_passed_over_and_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_text("")
    run = folder(tmp_path, "tiny")
    assert find_runs([report, run]) == {"tiny": run}
    with pytest.raises(OptionsError, match=r"report\.html: no run folder; expected one with run\.json"):
        find_runs([report])
