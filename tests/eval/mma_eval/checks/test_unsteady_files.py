"""Files that go away, change or cannot be read while clips are checked cost no clip its place for good."""

import json
from pathlib import Path
from typing import Any

import pytest

from broken_clips import Drawn
from mma_bench.core.errors import OptionsError
from mma_bench.manifest.manifest import read_manifest
from mma_bench.verification.votes import Ballot, read_ballot, write_ballot
from mma_eval.checks.check import CheckReport, check
from mma_eval.checks.options import CheckOptions
from mma_eval.checks.unreadable import read_unreadable
from mma_eval.run.resume import Watch

REFUSED = Path("/proc/self/mem")
"""A regular file by its mode, whose first byte nobody can read, not even root."""


def options(drawn: Drawn, **changed: Any) -> CheckOptions:
    given = {"source": str(drawn.manifest), "clips": drawn.clips, "out": drawn.manifest.with_name("checks.parquet")}
    return CheckOptions(**given | {"model": "constant:Yes"} | changed)


def reasons(report: CheckReport) -> dict[str, str]:
    return {checked.clip.clip_id: checked.reason for checked in report.checks.clips}


def after_four(happens: Any) -> Watch:
    """Something happens once when four answers are there."""
    done: list[bool] = []

    def watch(progress: Any, made: Any) -> None:
        if progress.answered >= 4 and not done:
            done.append(True)
            happens()

    return watch


def test_clips_on_a_drive_that_goes_away_are_asked_about_when_it_is_back(drawn: Drawn) -> None:
    whole = reasons(check(options(drawn, out=drawn.manifest.with_name("whole.parquet"))))
    away = drawn.clips.with_name("away")
    first = reasons(check(options(drawn), watch=after_four(lambda: drawn.clips.rename(away))))
    assert first["Clock"].startswith("missing_file")
    kept = json.loads(drawn.manifest.with_name("checks.answers").joinpath("unreadable.json").read_text())
    assert not [reason for reason in kept.values() if reason.startswith("missing_file")]
    away.rename(drawn.clips)
    assert reasons(check(options(drawn))) == whole


def test_passing_reasons_that_an_earlier_run_kept_do_not_count(drawn: Drawn) -> None:
    found = check(options(drawn))
    path = found.out.with_suffix(".answers") / "unreadable.json"
    kept = json.loads(path.read_text())
    assert {reason.partition(":")[0] for reason in kept.values()} == {"black", "silent", "unknown_container"}
    torn = next(key for key in kept if key.startswith("torn/"))
    path.write_text(json.dumps(kept | {torn: "too_large: reading it takes more memory than there is"}))
    assert reasons(check(options(drawn)))["torn"].startswith("unknown_container")


def test_a_file_that_cannot_be_read_costs_its_own_clip_and_no_other(drawn: Drawn) -> None:
    bell = drawn.clips / "Bell.mp4"
    content = bell.read_bytes()
    bell.unlink()
    bell.symlink_to(REFUSED)
    first = reasons(check(options(drawn)))
    assert first["Bell"] == "unreadable: cannot be read (Input/output error); check the drive, or copy it again"
    assert first["Bird"] == ""
    bell.unlink()
    bell.write_bytes(content)
    assert reasons(check(options(drawn)))["Bell"] == ""


def test_where_no_file_can_be_read_the_first_says_why(drawn: Drawn) -> None:
    for file in drawn.clips.iterdir():
        file.unlink()
        file.symlink_to(REFUSED)
    with pytest.raises(OptionsError, match=r"none of the 17 files to check .*; first error: .*Input/output error"):
        check(options(drawn))


def test_a_file_that_is_deleted_while_clips_are_asked_about_is_missing_in_that_run(drawn: Drawn) -> None:
    clip = read_manifest(drawn.manifest).clips[-1]
    watch = after_four(lambda: (drawn.clips / clip.file).unlink())
    assert reasons(check(options(drawn), watch=watch))[clip.clip_id].startswith("missing_file")


def test_no_answer_about_a_new_file_is_filed_under_the_old_one(drawn: Drawn) -> None:
    last = read_manifest(drawn.manifest).clips[-1]
    file = drawn.clips / last.file
    own = file.read_bytes()
    other = (drawn.clips / "foreign-sound.mp4").read_bytes()
    first = reasons(check(options(drawn), watch=after_four(lambda: file.write_bytes(other))))
    assert first[last.clip_id].startswith("changed: its file was replaced")
    answers = drawn.manifest.with_name("checks.answers") / "predictions.jsonl"
    about = f'"clip_id": "{last.clip_id}"'
    assert about not in answers.read_text()
    file.write_bytes(own)
    assert reasons(check(options(drawn)))[last.clip_id] == ""
    assert about in answers.read_text()


def test_votes_are_not_overwritten_by_checks_and_nothing_is_asked(drawn: Drawn) -> None:
    votes = drawn.manifest.with_name("anna.parquet")
    write_ballot(votes, Ballot("anna", read_manifest(drawn.manifest), ("test",)))
    before = votes.read_bytes()
    for overwrite in (False, True):
        with pytest.raises(OptionsError, match="exists and is not a readable check result"):
            check(options(drawn, out=votes, overwrite=overwrite))
    assert votes.read_bytes() == before
    assert read_ballot(votes).annotator == "anna"
    assert not votes.with_suffix(".answers").exists()


def test_what_killed_checks_had_begun_to_write_is_removed(drawn: Drawn) -> None:
    begun = [drawn.manifest.with_name(f"checks.{suffix}.part-77") for suffix in ("parquet", "md")]
    others = drawn.manifest.with_name("other.parquet.part-77")
    for path in (*begun, others):
        path.write_bytes(b"PAR1")
    check(options(drawn))
    assert [path.exists() for path in (*begun, others)] == [False, False, True]


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", '{"a": 1}', '{"a": "black: x", "a": "black: y"}', "[" * 100_000]
)
def test_malformed_reasons_of_earlier_runs_are_named_with_the_remedy(text: str, tmp_path: Path) -> None:
    (tmp_path / "unreadable.json").write_text(text)
    with pytest.raises(OptionsError, match=r"unreadable\.json: cannot be read .*; delete the file"):
        read_unreadable(tmp_path)
