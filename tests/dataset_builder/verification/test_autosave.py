"""A decision is on the disk when the call returns."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mma_bench.core.files import StorageError
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest
from mma_bench.verification.session import LEAST_SECONDS, ReviewError, SavedReview, begin_session
from mma_bench.verification.votes import Ballot, read_ballot

CLIPS = [ManifestClip(f"clip{k}", "Bird", "test", 0, 10, youtube_id="3CZ1i2_tKn0") for k in range(1102)]


@pytest.fixture
def saved(tmp_path: Path) -> SavedReview:
    ballot = Ballot("anna", Manifest(CLIPS))
    return SavedReview(begin_session(ballot, {clip.clip_id for clip in CLIPS}), tmp_path / "anna.parquet")


def seen(saved: SavedReview) -> str:
    """Return the clip under review after the least time that a decision needs."""
    clip_id = saved.show().current
    assert clip_id is not None
    time.sleep(LEAST_SECONDS)
    return clip_id


def test_every_change_is_in_the_file(saved):
    clip_id = seen(saved)
    saved.draft(clip_id, ["clean_sound"], "a rad")
    assert read_ballot(saved.path).vote(clip_id).note == "a rad"
    saved.decide(clip_id, "fail", ["clean_sound"], "a radio")
    vote = read_ballot(saved.path).vote(clip_id)
    assert (vote.verdict, vote.note, vote.decision) == ("fail", "a radio", 1)
    assert vote.seconds >= LEAST_SECONDS
    saved.undo()
    assert read_ballot(saved.path).vote(clip_id).verdict is None


def test_a_verdict_right_after_a_clip_appeared_was_meant_for_the_one_before(saved):
    first = seen(saved)
    saved.decide(first, "pass", [], "")
    second = saved.show().current
    with pytest.raises(ReviewError, match=r"Verdict not counted, because it came only 0\.\d s .*: press again\."):
        saved.decide(second, "pass", [], "")
    assert read_ballot(saved.path).vote(second).verdict is None


def test_the_seconds_of_a_vote_count_from_when_the_page_showed_the_clip(saved):
    saved.look()
    time.sleep(1)
    clip_id = seen(saved)
    saved.decide(clip_id, "pass", [], "")
    assert LEAST_SECONDS <= read_ballot(saved.path).vote(clip_id).seconds < LEAST_SECONDS + 0.9


def test_a_decision_on_a_clip_that_another_process_had_shown_takes_nobody_knows_how_long(saved):
    clip_id = saved.look().current
    saved.decide(clip_id, "pass", [], "")
    vote = read_ballot(saved.path).vote(clip_id)
    assert (vote.verdict, vote.seconds) == ("pass", None)


def test_a_full_disk_changes_nothing(small_disk, saved):
    saved.path = small_disk / "anna.parquet"
    (small_disk / "others").write_bytes(bytes(1_532_000))
    clip_id = seen(saved)
    with pytest.raises(StorageError, match="no space left"):
        saved.decide(clip_id, "pass", [], "")
    assert saved.look().current == clip_id
    assert saved.look().progress.decided == 0
    (small_disk / "others").unlink()
    saved.decide(clip_id, "pass", [], "")
    assert read_ballot(saved.path).vote(clip_id).verdict == "pass"


def test_a_list_as_long_as_the_papers_is_saved_in_no_time(saved: SavedReview, record_property: Callable[..., None]):
    took = []
    for _ in range(5):
        began = time.monotonic()
        saved.save()
        took.append(time.monotonic() - began)
    record_property("seconds", min(took))
    assert min(took) < 0.5
