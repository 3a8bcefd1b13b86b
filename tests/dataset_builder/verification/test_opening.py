"""Start, continue or refuse a review."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.dataset_builder.verification.conftest import TEST_CLIPS, TRAIN_CLIPS, Place

from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.manifest.manifest import Manifest, ManifestNotes, write_manifest
from mma_bench.verification.checks_file import Checks, read_checks, write_checks
from mma_bench.verification.opening import open_session
from mma_bench.verification.options import ReviewOptions
from mma_bench.verification.votes import Vote, write_ballot


def options(place: Place, **more: Any) -> ReviewOptions:
    given = {"checks": place.checks, "clips": place.clips, "annotator": "anna", "out": place.folder / "anna.parquet"}
    return ReviewOptions(**{**given, **more})


def voted(place: Place, clip_id: str = "test_0", **more: Any) -> Path:
    """Write a file of votes with a vote on one clip."""
    ballot = open_session(options(place)).ballot
    ballot = ballot.with_vote(clip_id, Vote("pass", True, True, True, decision=1, decided="2026-01-02T03:04:05+00:00"))
    write_ballot(place.folder / "anna.parquet", replace(ballot, **more))
    return place.folder / "anna.parquet"


def test_a_review_is_of_the_clips_of_the_test_split_that_were_kept(place):
    session = open_session(options(place))
    assert sorted(session.order) == [f"test_{k}" for k in range(8)]
    assert len(session.ballot.manifest.clips) == 11
    assert session.ballot.manifest.notes.checks == {"model": "somebody"}


def test_the_file_of_votes_is_called_after_the_annotator():
    assert ReviewOptions(checks=Path("checks.parquet"), annotator="anna").votes == Path("anna.parquet")


def test_other_splits_are_reviewed_where_they_are_named(place):
    assert len(open_session(options(place, splits=("train", "test"))).order) == 11


def test_of_a_plain_manifest_the_clips_of_the_split_are_reviewed(place):
    write_manifest(place.folder / "manifest.parquet", Manifest([*TRAIN_CLIPS, *TEST_CLIPS]))
    session = open_session(options(place, checks=place.folder / "manifest.parquet"))
    assert sorted(session.order) == [f"test_{k}" for k in range(8)]


def test_clips_without_a_file_are_listed(place):
    (place.clips / "test_3.mp4").unlink()
    session = open_session(options(place))
    assert [clip.clip_id for clip in session.unplayable] == ["test_3"]
    assert session.progress.left == 7


def test_votes_of_the_same_review_go_on(place):
    voted(place)
    session = open_session(options(place))
    assert session.progress.passed == 1
    assert session.current != "test_0"


def test_votes_go_on_when_a_new_check_keeps_the_same_clips(place):
    voted(place)
    order, checks = open_session(options(place)).order, read_checks(place.checks)
    rows = [c if c.kept else replace(c, reason="unclear: audio_alone") for c in checks.clips]
    write_checks(place.checks, Checks(rows, ManifestNotes(checks={"model": "another"})))
    session = open_session(options(place))
    assert (session.progress.passed, session.order) == (1, order)
    assert session.ballot.manifest.notes.checks == {"model": "another"}


def test_votes_on_other_clips_are_refused_with_what_differs(place):
    voted(place)
    before, checks = (place.folder / "anna.parquet").read_bytes(), read_checks(place.checks)
    changed = {"test_1": "no: audio_alone", "train_2": "missing_file", "rejected_0": ""}
    rows = [replace(c, reason=changed.get(c.clip.clip_id, c.reason)) for c in checks.clips]
    write_checks(place.checks, Checks(rows))
    with pytest.raises(OptionsError, match=r"now: 1 added \(rejected_0\), 2 removed \(test_1, train_2\)\. Pass"):
        open_session(options(place))
    assert (place.folder / "anna.parquet").read_bytes() == before


def test_votes_of_somebody_else_are_refused(place):
    voted(place, annotator="bert")
    with pytest.raises(OptionsError, match="holds the votes of bert, not of anna"):
        open_session(options(place))


def test_a_review_that_goes_on_keeps_its_splits(place):
    voted(place, splits=("test", "train"))
    assert len(open_session(options(place)).order) == 11


def test_splits_may_be_added_but_no_vote_is_lost(place):
    voted(place)
    assert len(open_session(options(place, splits=("test", "train"))).order) == 11
    with pytest.raises(OptionsError, match=r"has 1 votes on clips in other splits; .* --split test --split train"):
        open_session(options(place, splits=("train",)))


def test_votes_are_not_reviewed(place):
    voted(place)
    with pytest.raises(SourceError, match=r"anna.parquet: is a vote file; pass the file to review"):
        open_session(options(place, checks=place.folder / "anna.parquet", out=place.folder / "b.parquet"))


def test_the_votes_are_never_written_over_what_is_reviewed(place):
    with pytest.raises(OptionsError, match="this is the file to review"):
        options(place, out=place.checks)


def test_a_file_that_is_no_ballot_is_left_alone(place):
    write_manifest(place.folder / "anna.parquet", Manifest(TEST_CLIPS))
    with pytest.raises(SourceError, match=r"anna.parquet: no column"):
        open_session(options(place))


@pytest.mark.parametrize("content", [b"", b"no parquet"])
def test_what_is_no_parquet_file_is_named(content, place):
    place.checks.write_bytes(content)
    with pytest.raises(SourceError, match=r"checks.parquet: cannot be read"):
        open_session(options(place))


def test_a_folder_without_any_of_the_clips_is_refused(place, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        SourceError, match=r"none of the 8 clips under review, such as .*; fill it with `mma-bench fetch"
    ):
        open_session(options(place, clips=tmp_path / "empty"))
    with pytest.raises(
        SourceError, match="no such folder; check the path, or download the clips with `mma-bench fetch"
    ):
        open_session(options(place, clips=tmp_path / "nowhere"))


def test_a_split_without_clips_is_refused(place):
    with pytest.raises(OptionsError, match=r"--split validation: matches no clip in .*; available: test, train"):
        open_session(options(place, splits=("validation",)))
    with pytest.raises(OptionsError, match="--split tset: expected one of"):
        options(place, splits=("tset",))


@pytest.mark.parametrize("name", ["", "../anna", "a/b", ".hidden", "-x", "anna b", "a" * 61, "änna"])
def test_a_name_that_cannot_be_a_files_is_refused(name):
    with pytest.raises(OptionsError, match="--annotator"):
        ReviewOptions(checks=Path("checks.parquet"), annotator=name)


def test_a_name_is_taken_as_it_is():
    assert ReviewOptions(checks=Path("checks.parquet"), annotator="Anna-2.b").annotator == "Anna-2.b"
