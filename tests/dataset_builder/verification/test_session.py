"""A review without a page: order, decisions, undo, continuation."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest
from mma_bench.verification.session import ReviewError, ReviewSession, StaleDecisionError, begin_session
from mma_bench.verification.votes import Ballot, Vote

CLIPS = [
    ManifestClip(f"clip{k}", "Bird", "train" if k > 7 else "test", 0, 10, youtube_id="3CZ1i2_tKn0") for k in range(10)
]
UNDER_REVIEW = {f"clip{k}" for k in range(8)}
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def begun(annotator: str = "anna", clips: list[ManifestClip] = CLIPS, there: set[str] = UNDER_REVIEW) -> ReviewSession:
    return begin_session(Ballot(annotator, Manifest(clips)), there)


def decided(session: ReviewSession, verdict: Any = "pass", broken: tuple[str, ...] = (), note: str = "") -> Any:
    assert session.current is not None
    return session.decide(session.current, verdict, broken, note, now=BEGAN, seconds=4.0)


def restarted(session: ReviewSession) -> ReviewSession:
    return begin_session(session.ballot, session.askable)


def test_every_clip_under_review_is_asked_about_once():
    session, asked = begun(), []
    while session.current:
        asked.append(session.current)
        session = decided(session)
    assert sorted(asked) == sorted(UNDER_REVIEW)
    assert session.progress.decided == session.progress.passed == 8


def test_annotators_see_clips_in_different_orders_and_each_in_their_own_again():
    assert begun("anna").order == begun("anna").order
    assert begun("anna").order != begun("bert").order
    assert begun("anna").order != begun("anna", clips=CLIPS[:9]).order
    assert begun("anna").order != tuple(sorted(UNDER_REVIEW))


def test_the_order_is_the_same_in_every_version():
    assert [clip_id[-1] for clip_id in begun().order] == list("15740632")


def test_clips_without_a_file_are_not_asked_about_and_stay_undecided():
    session = begun(there={"clip1", "clip2"})
    session = decided(decided(session))
    assert session.current is None
    assert (session.progress.set_aside, session.progress.left) == (6, 0)
    assert session.ballot.vote("clip3") == Vote()


def test_a_decision_says_what_when_and_how_long():
    session = begun()
    clip_id = session.current
    later = BEGAN.astimezone() + timedelta(minutes=1)
    session = session.decide(clip_id, "fail", ["clean_sound"], " a radio ", now=later, seconds=7.123)
    expected = Vote("fail", True, False, True, "a radio", 1, "2026-01-02T03:05:05+00:00", 7.12)
    assert session.ballot.vote(clip_id) == expected


def test_it_goes_on_where_it_stopped():
    session = decided(decided(decided(begun())))
    assert restarted(session).current == session.current == session.order[3]


def test_a_decision_about_another_clip_than_the_one_under_review_changes_nothing():
    session = begun()
    first = session.current
    session = decided(session)
    with pytest.raises(StaleDecisionError, match="Nothing was changed"):
        session.decide(first, "fail", ["clean_sound"], "", now=BEGAN, seconds=1)
    assert session.ballot.vote(first).verdict == "pass"


def test_a_verdict_that_does_not_follow_is_refused_in_a_sentence():
    with pytest.raises(
        ReviewError, match=r"^Pass needs all three criteria to hold, but these are marked: sound not clean\.$"
    ):
        decided(begun(), "pass", ("clean_sound",))
    with pytest.raises(ReviewError, match=r"^Fail needs a reason"):
        decided(begun(), "fail")


@pytest.mark.parametrize("again", [lambda session: session, restarted], ids=["at once", "after a restart"])
def test_undo_steps_back_through_all_decisions(again):
    session = begun()
    for k in range(3):
        session = decided(session, "fail", ("visible_action",), f"note {k}")
    session = again(session)
    for k in (2, 1, 0):
        session = again(session.undo())
        assert session.current == session.order[k]
        draft = session.ballot.vote(session.current)
        assert (draft.verdict, draft.broken, draft.note) == (None, ("visible_action",), f"note {k}")
    with pytest.raises(ReviewError, match="no decision to undo"):
        session.undo()


def test_what_was_undone_is_asked_about_first_also_when_a_file_came_since():
    late, early = begun().order[0], begun().order[1]
    session = decided(begun(there={early}))
    assert session.current is None
    session = begin_session(session.ballot, {late, early}).undo()
    assert session.current == early
    assert decided(session).current == late


def test_undoing_a_decision_and_making_it_anew_numbers_them_in_order():
    session = decided(decided(decided(decided(begun()).undo(), "fail", (), "no")))
    numbers = [session.ballot.vote(clip_id).decision for clip_id in session.order]
    assert numbers[:4] == [1, 2, 3, None]


def test_a_clip_that_does_not_play_is_left_and_comes_again_another_time():
    session = begun()
    bad = session.current
    session = decided(session.without(bad))
    assert session.current == session.order[2]
    assert (session.progress.decided, session.progress.set_aside) == (1, 1)
    assert begin_session(session.ballot, UNDER_REVIEW).current == bad


def test_the_last_decision_stands_where_its_clip_cannot_be_shown():
    session = decided(begun())
    with pytest.raises(ReviewError, match="clip1, does not play"):
        session.without(session.order[0]).undo()


def test_a_draft_is_no_decision_and_outlasts_a_restart():
    session = begun()
    session = restarted(session.drafted(session.current, ["clean_sound"], "a radio pl"))
    draft = session.ballot.vote(session.current)
    assert (draft.broken, draft.note) == (("clean_sound",), "a radio pl")
    assert session.current == session.order[0]
    assert session.progress.decided == 0
    with pytest.raises(StaleDecisionError):
        session.drafted(session.order[1], [], "")
