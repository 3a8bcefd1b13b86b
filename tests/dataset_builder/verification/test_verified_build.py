"""A dataset of verified clips: its complete funnel, build.json, the card and the publication."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard

from built_rows import rows_of
from media_server import MediaServer
from mma_bench.core.errors import SourceError
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.funnel import Funnel, FunnelStep
from mma_bench.manifest.manifest import Manifest, ManifestNotes, read_manifest, write_manifest
from mma_bench.sources.listing import list_curated
from mma_bench.verification.consensus import consensus_of, write_consensus
from mma_bench.verification.record import public_notes, verification_record
from mma_bench.verification.votes import Ballot, Vote, write_ballot

CLASSES = ("Bird", "Cat", "Clock")
RATES = {
    check: {"right": {"rate": 0.9}, "wrong": {"rate": 0.6}}
    for check in ("visual_alone", "audio_alone", "visual_together", "audio_together")
}
CHECKS = {
    "model": {
        "family": "openai",
        "name": "/home/anna/models/Qwen2.5-Omni-7B",
        "server": "http://gpu-7.lab.example:8000/v1",
        "adapter": {"name": "./runs-of-anna/mine/", "sha256": "ab", "base": "~/anna/Qwen2.5-Omni-7B"},
    },
    "rates": RATES,
    "judgement": {
        "trust": "untrusted",
        "reasons": ["visual_alone says yes too easily"],
        "classes": {"Clock": ["audio_alone", "audio_together"], "Cat": ["audio_alone"]},
    },
}
PRIVATE = (b"annalise", b"benedict", b"gpu-7", b"anna/", b"-of-anna")
"""Names of people, machines and folders."""
ONLY = ("--conditions", "aligned", "--conditions", "misaligned", "--workers", "2")


@pytest.fixture
def recordings(make_clip):
    """A recording per class, on loopback."""
    made = {f"{name}.mp4": make_clip(f"{name}.mp4", seconds=6, tone=300 + 150 * k) for k, name in enumerate(CLASSES)}
    with MediaServer(made) as running:
        yield running


LISTED = FunnelStep(name="listed", meaning="in the list", clips={"eval": 20371}, classes={})


@pytest.fixture
def checked(recordings) -> Manifest:
    """Twelve clips that a model has checked, of thirteen that were fetched."""
    clips = [
        ManifestClip(f"{name}_{k}", name, "test", 0.5 * k, 0.5 * k + 1, "x" * 11, recordings.url(f"{name}.mp4"))
        for k in range(4)
        for name in CLASSES
    ]
    listed = Funnel(columns={"eval": "test"}, steps=(LISTED,))
    of = [(c.split, c.class_name) for c in clips]
    funnel = listed.followed_by("fetched", [*of, ("test", "Bird")]).followed_by("checked", of)
    return Manifest(clips, ManifestNotes(funnel=funnel, checks=CHECKS))


@pytest.fixture
def verified(checked: Manifest, tmp_path: Path) -> Path:
    """Eleven of them: on one the two annotators differ."""
    return agreed_on(checked, tmp_path)


def agreed_on(checked: Manifest, folder: Path) -> Path:
    passed = {c.clip_id: Vote("pass", True, True, True, decision=k + 1) for k, c in enumerate(checked.clips)}
    ann, ben = (Ballot(name, checked, votes=passed) for name in ("annalise", "benedict"))
    ben = ben.with_vote("Cat_0", Vote("fail", True, False, True, decision=99))
    for ballot in (ann, ben):
        write_ballot(folder / f"{ballot.annotator}.parquet", ballot)
    found = consensus_of(folder / "annalise.parquet", folder / "benedict.parquet")
    return write_consensus(found, folder / "verified.parquet")[0]


def test_the_funnel_goes_to_the_end_and_what_is_lost_after_it_is_attrition(verified, command, tmp_path):
    clips, out = tmp_path / "clips", tmp_path / "mma-bench"
    command("fetch", verified, "--out", clips, "--pause", "0")
    (clips / "Bird_2.mp4").unlink()
    said = command("build", "--source", verified, "--clips", clips, "--out", out, *ONLY).stdout

    record = json.loads((out / "build.json").read_text())
    steps = [(step["name"], step["clips"]["eval"]) for step in record["funnel"]["steps"]]
    assert steps == [("listed", 20371), ("fetched", 13), ("checked", 12), ("verified", 11), ("built", 10)]
    assert record["attrition"] == {"missing_file": 1}
    assert "both annotators 11 658 (-647)" in " ".join(said.split())

    assert record["verification"]["checks"]["rates"] == RATES
    assert record["verification"]["checks"]["model"] == {
        "family": "openai",
        "name": "Qwen2.5-Omni-7B",
        "adapter": {"name": "mine", "sha256": "ab", "base": "Qwen2.5-Omni-7B"},
    }
    assert record["verification"]["consensus"]["outcomes"]["test"]["split_vote"] == 1
    assert record["verification"]["consensus"]["agreement"]["raw"] == pytest.approx(11 / 12)

    card = (out / "README.md").read_text()
    assert "| automated checks | 12 | 1,102 (-1,090) |\n| both annotators | 11 | 658 (-647) |" in card
    assert "`Qwen2.5-Omni-7B with mine` was asked of each clip" in card
    assert "| visual alone | 90.0 | 60.0 |" in card
    assert "**not to be trusted**: visual_alone says yes too easily" in card
    assert "whether they are there or not.\n\n- audio alone: Clock, Cat\n- audio together: Clock\n\nTwo" in card
    assert "Two annotators then reviewed" in card
    assert "both passed, 11 of 12; 1 had a split vote" in card
    assert "They voted alike on 92 % of the clips. Cohen's kappa: 0.00; with fewer than 20 clips it says" in card
    assert "were not made" not in card
    for path in (*out.glob("*.*"), out / "manifest.parquet"):
        assert not any(private in path.read_bytes() for private in PRIVATE), path


def test_without_people_or_without_a_model_the_card_says_what_was_not_done(checked, command, tmp_path):
    path, clips, out = tmp_path / "manifest.parquet", tmp_path / "clips", tmp_path / "mma-bench"
    write_manifest(path, checked)
    command("fetch", path, "--out", clips, "--pause", "0")
    command("build", "--source", path, "--clips", clips, "--out", out, *ONLY)
    card = (out / "README.md").read_text()
    assert "was asked of each clip" in card
    assert "The paper's review by two annotators was not made" in card

    write_manifest(path, replace(checked, notes=ManifestNotes(funnel=checked.notes.funnel)))
    command("build", "--source", path, "--clips", clips, "--out", out, *ONLY, "--overwrite")
    assert "The paper's checks by a model and by two annotators were not made" in (out / "README.md").read_text()
    assert json.loads((out / "build.json").read_text())["verification"] is None


def test_what_is_published_of_verified_clips_is_fetched_and_built_to_the_same_rows(
    verified, at_hub, hub, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    at_hub("fetch", verified, "--out", "clips", "--pause", "0")
    at_hub("build", "--source", verified, "--clips", "clips", "--out", "mma-bench", *ONLY)
    at_hub("push", "dataset", "mma-bench", "--to", "org/mma-bench")
    there = hub.repo("dataset", "org/mma-bench").files()
    assert "Two annotators then reviewed" in DatasetCard(there["README.md"].decode()).text
    assert not any(name in held for held in there.values() for name in PRIVATE)

    (tmp_path / "theirs").mkdir()
    monkeypatch.chdir(tmp_path / "theirs")
    at_hub("fetch", "org/mma-bench", "--out", "clips", "--pause", "0")
    plan = ("--plan", "org/mma-bench", "--source", "org/mma-bench", "--clips", "clips")
    at_hub("build", *plan, "--out", "mma-bench", *ONLY)
    ours, theirs = (json.loads((f / "mma-bench/build.json").read_text()) for f in (tmp_path, Path()))
    assert ours["dataset_digest"] == theirs["dataset_digest"]
    assert ours["funnel"] == theirs["funnel"]
    assert ours["verification"] == theirs["verification"]
    assert len(rows_of(Path("mma-bench"), "misaligned")) == 11


def test_clips_that_people_reviewed_without_any_check_stay_verified(checked, tmp_path):
    curated = Funnel(columns={"eval": "test"}, steps=(LISTED,))
    verified = agreed_on(replace(checked, notes=ManifestNotes(funnel=curated)), tmp_path)
    (tmp_path / "clips").mkdir()
    for clip in read_manifest(verified).clips[1:]:
        (tmp_path / "clips" / clip.file).write_bytes(b"one is lost since")
    listing = list_curated(verified, tmp_path / "clips")
    assert [(s.name, s.clips["eval"]) for s in listing.funnel.steps] == [("listed", 20371), ("verified", 11)]
    assert [lost.problem for lost in listing.dropped] == ["missing_file"]


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("Qwen/Qwen2.5-Omni-7B", "Qwen/Qwen2.5-Omni-7B"),
        ("tiny-omni", "tiny-omni"),
        ("/home/anna/Qwen", "Qwen"),
        ("../anna/Qwen/", "Qwen"),
        ("~/Qwen", "Qwen"),
        (".", "a folder"),
        ("~anna", "a folder"),
        (r"C:\anna\Qwen", "Qwen"),
    ],
)
def test_a_judge_is_called_by_its_name_and_not_by_where_it_lies(name, published):
    judge = {"name": name, "adapter": {"name": name, "base": name, "sha256": "ab"}}
    notes = public_notes(ManifestNotes(checks={"model": judge}))
    assert notes.checks["model"] == {
        "name": published,
        "adapter": {"name": published, "base": published, "sha256": "ab"},
    }


def test_what_people_agreed_on_is_not_said_of_clips_that_were_checked_anew_since(verified):
    manifest = read_manifest(verified)
    of = [(c.split, c.class_name) for c in manifest.clips[:9]]
    again = manifest.funnel.followed_by("fetched", of).followed_by("checked", of)
    notes = manifest.notes.with_(funnel=again)
    assert public_notes(manifest.notes).consensus is not None
    assert public_notes(notes).consensus is None
    assert verification_record(notes, "again.parquet").consensus is None


def test_one_annotators_votes_are_no_source(verified, tmp_path):
    (tmp_path / "clips").mkdir()
    with pytest.raises(SourceError, match=r"contains one annotator's votes; .*mma-bench consensus"):
        list_curated(tmp_path / "annalise.parquet", tmp_path / "clips")


def test_notes_on_verification_that_are_something_else_are_named_before_anything_is_built(verified, command, tmp_path):
    manifest = read_manifest(verified)
    write_manifest(verified, replace(manifest, notes=manifest.notes.with_(consensus={"agreement": "good"})))
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "Bird_0.mp4").write_bytes(b"")
    build = ("build", "--source", verified, "--clips", tmp_path / "clips", "--out", tmp_path / "out")
    assert "invalid verification notes" in command(*build, code=1).stderr
