"""The consensus of two annotators: kept clips, refusals and the report."""

import csv
import json
from dataclasses import replace

import pytest

from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest, ManifestNotes, read_manifest, write_manifest
from mma_bench.verification.checks_file import CheckedClip, Checks, write_checks
from mma_bench.verification.consensus import consensus_of, write_consensus
from mma_bench.verification.votes import Ballot, Vote, write_ballot

CLASSES = ("Bird", "Cat")


def clip(k: int, split: str = "test") -> ManifestClip:
    youtube_id = f"{split[:5]:-<5}{k:06d}"
    return ManifestClip(f"{youtube_id}_0", CLASSES[k % 2], split, 0.0, 10.0, youtube_id)


CLIPS = [*(clip(k) for k in range(8)), *(clip(k, "train") for k in range(5))]


def passed(number: int) -> Vote:
    return Vote("pass", True, True, True, decision=number, decided="2026-01-01T00:00:00+00:00", seconds=4.0)


def failed(number: int, *, note: str = "", **criteria: bool) -> Vote:
    holds = {"object_visible": True, "clean_sound": True, "visible_action": True} | criteria
    return Vote("fail", **holds, note=note, decision=number, decided="2026-01-01T00:00:00+00:00", seconds=4.0)


@pytest.fixture
def checked() -> Manifest:
    """Return the checks of a manifest from another source."""
    bare = Manifest([*CLIPS, *(clip(k) for k in range(20, 26))])
    clips = [(c.split, c.class_name) for c in CLIPS]
    funnel = bare.funnel.followed_by("fetched", clips).followed_by("checked", clips)
    return Manifest(CLIPS, ManifestNotes(funnel=funnel, checks={"model": {"name": "tiny-omni"}}))


@pytest.fixture
def ballots(checked: Manifest) -> tuple[Ballot, Ballot]:
    """Eight test clips: five that both pass, one that both fail, two split votes."""
    ids = [c.clip_id for c in CLIPS if c.split == "test"]
    ann = {name: passed(k + 1) for k, name in enumerate(ids)}
    ben = {name: passed(k + 1) for k, name in enumerate(reversed(ids))}
    ann[ids[0]] = failed(1, clean_sound=False)
    ben[ids[0]] = failed(8, clean_sound=False, visible_action=False)
    ann[ids[3]] = failed(4, visible_action=False, note="a slideshow,\nI think")
    ben[ids[6]] = failed(2, note="=a radio plays")
    return Ballot("ann", checked, votes=ann), Ballot("ben", checked, votes=ben)


@pytest.fixture
def reach(tmp_path):
    """Compute a consensus through files, as the command does."""

    def run(first: Ballot, second: Ballot):
        paths = tmp_path / "first.parquet", tmp_path / "second.parquet"
        for path, ballot in zip(paths, (first, second), strict=True):
            write_ballot(path, ballot)
        return consensus_of(*paths)

    return run


def test_only_what_both_passed_is_kept_and_a_split_vote_is_discarded(ballots, reach):
    found = reach(*ballots)
    kept = [c.clip_id for c in found.manifest.clips if c.split == "test"]
    assert kept == [CLIPS[k].clip_id for k in (1, 2, 4, 5, 7)]
    assert [j.clip for j in found.split_votes] == [CLIPS[3], CLIPS[6]]
    assert found.note.outcomes == {"test": {"both_pass": 5, "split_vote": 2, "both_fail": 1, "undecided": 0}}


def test_splits_that_nobody_reviewed_pass_as_the_checks_left_them(ballots, reach):
    found = reach(*ballots)
    assert [c for c in found.manifest.clips if c.split == "train"] == CLIPS[8:]
    assert found.note.not_reviewed == {"train": 5}
    assert found.funnel.steps[-1].clips == {"test": 5, "train": 5}


def test_the_order_of_the_annotators_changes_nothing_that_is_kept(ballots, reach):
    one, other = reach(*ballots), reach(*reversed(ballots))
    assert one.manifest == other.manifest
    assert one.note.agreement == other.note.agreement


def test_agreement_is_told_on_verdicts_criteria_and_classes(ballots, reach):
    found = reach(*ballots)
    # Both pass 5, each alone passes 1, neither 1: p_o = 6/8, p_e = (6 * 6 + 2 * 2) / 64 = 5/8, kappa = 1/3.
    assert found.note.agreement.raw == 6 / 8
    assert found.note.agreement.kappa == pytest.approx(1 / 3)
    criteria = found.note.criteria
    assert criteria["object_visible"].undefined == "both said yes to all"
    assert criteria["clean_sound"].kappa == 1
    assert criteria["visible_action"].raw == 6 / 8
    assert {name: of.clips for name, of in found.note.classes.items()} == {"Bird": 4, "Cat": 4}
    assert [of.raw for of in found.note.classes.values()] == [3 / 4, 3 / 4]


def test_the_file_is_a_manifest_with_the_funnel_the_agreement_and_nobodys_name(ballots, reach, tmp_path):
    path, _ = write_consensus(reach(*ballots), tmp_path / "verified.parquet")
    manifest = read_manifest(path)
    assert len(manifest.clips) == 10
    assert [(s.name, s.clips["test"]) for s in manifest.funnel.steps] == [
        ("manifest", 14), ("fetched", 8), ("checked", 8), ("verified", 5),
    ]  # fmt: skip
    assert manifest.notes.checks == {"model": {"name": "tiny-omni"}}
    assert manifest.notes.consensus["annotators"] == 2
    assert manifest.notes.consensus["agreement"]["kappa"] == pytest.approx(1 / 3)
    noted = json.dumps(manifest.notes.as_json())
    assert not any(said in noted for said in ('"ann"', '"ben"', '"review"'))


def test_every_split_vote_is_in_the_table_with_both_words_on_it(ballots, reach, tmp_path):
    _, path = write_consensus(reach(*ballots), tmp_path / "verified.parquet")
    assert path.name == "verified.split_votes.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [CLIPS[3].clip_id, CLIPS[6].clip_id]
    assert [rows[0][f"first_{name}"] for name in ("annotator", "verdict", "fails", "note")] == [
        "ann", "fail", "visible_action", "a slideshow, I think",
    ]  # fmt: skip
    assert [rows[1][f"{who}_verdict"] for who in ("first", "second")] == ["pass", "fail"]


def test_the_same_votes_give_the_same_bytes(ballots, reach, tmp_path):
    first = write_consensus(reach(*ballots), tmp_path / "a" / "verified.parquet")
    second = write_consensus(reach(*ballots), tmp_path / "b" / "verified.parquet")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_undecided_clips_are_refused_with_their_number_whose_they_are_and_the_command(ballots, reach):
    ann, ben = ballots
    fewer = replace(ben, votes={name: vote for name, vote in ben.votes.items() if vote.decision > 3})
    with pytest.raises(OptionsError, match=r"3 of 8 by ben\. Continue with `mma-bench review \S+ --annotator ben`"):
        reach(ann, fewer)
    with pytest.raises(OptionsError, match="8 of 8 by ann and 3 of 8 by ben") as refused:
        reach(replace(ann, votes={}), fewer)
    assert "discard" not in str(refused.value)  # it would leave nothing


def test_undecided_clips_can_be_discarded_and_are_counted_apart(ballots, reach, tmp_path, command):
    ann, ben = ballots
    fewer = replace(ben, votes={name: vote for name, vote in ben.votes.items() if vote.decision != 3})
    with pytest.raises(OptionsError, match=r"1 of 8 by ben.*gone for good, --undecided discard"):
        reach(ann, fewer)
    files = (tmp_path / "first.parquet", tmp_path / "second.parquet")
    found = consensus_of(*files, undecided="discard")
    assert found.note.outcomes == {"test": {"both_pass": 4, "split_vote": 2, "both_fail": 1, "undecided": 1}}
    assert (found.note.agreement.clips, found.funnel.steps[-1].clips["test"]) == (7, 4)
    said = command("consensus", *files, "--out", tmp_path / "verified.parquet", "--undecided", "discard").stdout
    assert "not voted on by both, discarded" in said
    assert "expected refuse or discard" in command("consensus", *files, "--undecided", "maybe", code=1).stderr


def test_discarding_that_leaves_nothing_of_a_split_under_review_is_refused_with_how_many_each_decided(
    ballots, reach, tmp_path, command
):
    ann, ben = ballots
    files, out = (tmp_path / "first.parquet", tmp_path / "second.parquet"), tmp_path / "verified.parquet"
    with pytest.raises(OptionsError):
        reach(ann, replace(ben, votes={}))
    said = command("consensus", *files, "--out", out, "--undecided", "discard", code=1).stderr
    assert "no clip of test would be left" in said
    assert "ann has decided 8 of 8, ben has decided 0 of 8" in said
    assert not out.exists()
    both = [replace(ballot, splits=("test", "train")) for ballot in ballots]
    with pytest.raises(OptionsError):
        reach(*both)
    with pytest.raises(OptionsError, match=r"no clip of train would be left.*ann has decided 0 of 5, ben has"):
        consensus_of(*files, undecided="discard")


def test_a_split_that_both_failed_whole_is_their_word(ballots, reach):
    fails = {c.clip_id: failed(k, note="no") for k, c in enumerate(CLIPS[:8], 1)}
    found = reach(*(replace(ballot, votes=fails) for ballot in ballots))
    assert found.note.outcomes["test"]["both_fail"] == 8


def test_a_clip_of_a_split_that_is_not_under_review_needs_no_vote_and_a_vote_on_it_counts_for_nothing(ballots, reach):
    ann, ben = ballots
    voted = ann.with_vote(CLIPS[9].clip_id, failed(99, object_visible=False))
    assert reach(voted, ben).note.not_reviewed == {"train": 5}


def test_the_votes_of_one_person_twice_are_refused(ballots, reach):
    ann, ben = ballots
    with pytest.raises(OptionsError, match="both files contain the votes of ann"):
        reach(ann, replace(ben, annotator="Ann"))


def test_votes_on_different_clips_are_refused_with_what_differs(ballots, reach):
    ann, ben = ballots
    fewer = replace(ben, manifest=replace(ben.manifest, clips=[clip(20), *CLIPS[2:]]))
    with pytest.raises(
        OptionsError,
        match=r"different lists of clips \(in the second file: 1 added \(test-000020_0\), 2 removed \(test-0",
    ):
        reach(ann, fewer)
    other = replace(ben.manifest, clips=[replace(CLIPS[0], class_name="Cat"), *CLIPS[1:]])
    with pytest.raises(OptionsError, match=r"1 added .*, 1 removed"):
        reach(ann, replace(ben, manifest=other))
    with pytest.raises(
        OptionsError, match=r"different lists of clips \(in the second file: the same clips in another order\)"
    ):
        reach(ann, replace(ben, manifest=replace(ben.manifest, clips=CLIPS[::-1])))


def test_votes_from_before_and_after_a_check_that_keeps_the_same_clips_go_together(ballots, reach):
    ann, ben = ballots
    later = replace(ben.manifest, notes=ben.manifest.notes.with_(checks={"model": {"name": "another"}}))
    assert len(reach(ann, replace(ben, manifest=later)).manifest.clips) == 10


def test_votes_on_different_splits_are_refused(ballots, reach):
    ann, ben = ballots
    with pytest.raises(OptionsError, match="ann reviewed the splits test, but ben reviewed test, train"):
        reach(ann, replace(ben, splits=("test", "train")))


def test_a_file_that_holds_no_votes_is_refused(ballots, tmp_path):
    write_ballot(tmp_path / "ann.parquet", ballots[0])
    write_manifest(tmp_path / "manifest.parquet", ballots[0].manifest)
    with pytest.raises(SourceError, match=r"manifest\.parquet: .*verdict"):
        consensus_of(tmp_path / "ann.parquet", tmp_path / "manifest.parquet")


def test_votes_and_checks_are_never_written_over_and_an_earlier_consensus_is(ballots, reach, tmp_path):
    found = reach(*ballots)
    votes = tmp_path / "first.parquet"
    before = votes.read_bytes()
    with pytest.raises(OptionsError, match="not a manifest of verified clips; choose another name"):
        write_consensus(found, votes)
    assert votes.read_bytes() == before
    assert not (tmp_path / "first.split_votes.csv").exists()
    with pytest.raises(OptionsError, match=r"ends in \.parquet"):
        write_consensus(found, tmp_path / "verified.csv")
    for _ in range(2):
        write_consensus(found, tmp_path / "verified.parquet")


def test_votes_on_verified_clips_and_checks_of_them_are_never_written_over(ballots, reach, tmp_path):
    found = reach(*ballots)
    verified, _ = write_consensus(found, tmp_path / "verified.parquet")
    manifest = read_manifest(verified)
    write_ballot(tmp_path / "cleo.parquet", Ballot("cleo", manifest))
    write_checks(tmp_path / "again.parquet", Checks([CheckedClip(c, "") for c in manifest.clips], manifest.notes))
    for kept in (tmp_path / "cleo.parquet", tmp_path / "again.parquet"):
        before = kept.read_bytes()
        with pytest.raises(OptionsError, match="not a manifest of verified clips"):
            write_consensus(found, kept)
        assert kept.read_bytes() == before


def test_the_command_prints_votes_agreement_split_votes_and_the_funnel(ballots, reach, command, tmp_path):
    ann, ben = ballots
    reach(
        ann, replace(ben, votes={name: replace(vote, seconds=2.0 + vote.decision) for name, vote in ben.votes.items()})
    )
    files = (tmp_path / "first.parquet", tmp_path / "second.parquet")
    said = command("consensus", *files, "--out", tmp_path / "verified.parquet", env={"COLUMNS": "100"}).stdout
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert "both passed 5" in lines
    assert "Median seconds per decision: ann 4.0, ben 6.5." in lines
    assert "pass or fail 8 75 % 0.33 [-0.33, 1.00] *" in lines
    assert "object visible 8 100 % undefined: both said yes to all" in lines
    assert "train was not under review: its 5 clips pass as the checks left them." in lines
    assert f'{CLIPS[3].clip_id} (Cat) ann: fail (no visible action, "a slideshow, I think"); ben: pass' in lines
    assert f'{CLIPS[6].clip_id} (Bird) ann: pass; ben: fail ("=a radio plays")' in lines
    assert "both annotators 5 5" in lines
    assert lines[-1] == f"Next: mma-bench build --source {tmp_path}/verified.parquet --clips FOLDER --train-swaps 1"


def test_the_command_counts_one_as_one_quotes_paths_and_knows_of_no_checks_where_there_were_none(
    ballots, reach, command, tmp_path
):
    ann, ben = (replace(b, manifest=Manifest(CLIPS)) for b in ballots)
    reach(ann, ben.with_vote(CLIPS[6].clip_id, passed(2)))
    files = (tmp_path / "first.parquet", tmp_path / "second.parquet")
    said = command("consensus", *files, "--out", tmp_path / "my clips" / "verified.parquet").stdout
    assert "\n1 split vote; both words on each" in said
    assert "train was not under review: its 5 clips pass unchecked." in said
    assert (
        f"Next: mma-bench build --source '{tmp_path}/my clips/verified.parquet' --clips FOLDER --train-swaps 1" in said
    )


@pytest.mark.parametrize(("classes", "ending"), [(0, ""), (1, " --splits test"), (10, " --train-swaps 9"), (11, "")])
def test_the_build_that_comes_next_asks_for_as_many_swaps_as_the_classes_of_train_allow(
    classes, ending, ballots, reach, command, tmp_path
):
    train = [replace(clip(k, "train"), class_name=f"Class_{k % classes}") for k in range(2 * classes)]
    reach(*(replace(ballot, manifest=Manifest([*CLIPS[:8], *train])) for ballot in ballots))
    files = (tmp_path / "first.parquet", tmp_path / "second.parquet")
    said = command("consensus", *files, "--out", tmp_path / "verified.parquet").stdout
    assert said.splitlines()[-1].endswith(f" --clips FOLDER{ending}")


def test_the_command_refuses_in_one_line(ballots, reach, command, tmp_path):
    ann, ben = ballots
    with pytest.raises(OptionsError):
        reach(ann, replace(ben, votes={}))
    said = command("consensus", tmp_path / "first.parquet", tmp_path / "second.parquet", code=1).stderr
    assert "8 of 8 by ben" in said
