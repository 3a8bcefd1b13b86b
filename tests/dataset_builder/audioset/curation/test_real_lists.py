"""Curation on AudioSet's real ontology and lists."""

import csv
import hashlib
import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from mma_bench.audioset.curation.comparison import compare
from mma_bench.audioset.curation.curate import Curation, curate
from mma_bench.audioset.curation.explain import explain_class, explain_clip
from mma_bench.audioset.curation.readings import Readings
from mma_bench.audioset.curation.segments import segment_list
from mma_bench.audioset.curation.simplify import classes_of
from mma_bench.core.errors import OptionsError
from mma_bench.manifest.manifest import read_manifest

KNOWN = {
    "kX4-OMWCdCc": "Bowed_string_instrument",
    "hRHKxyErgZw": "Bird",
    "UypQOtbE8wg": "Bird",
    "SwZxKE3CnEg": "Bird",
    "PkDHPoMjvJ8": "Bird",
    "7xkj4XqaynU": "Bird",
    "gefp9ta8LTA": "Accordion",
    "Rz7RBslEAG0": "Accordion",
    "LEn3f97acaw": "Applause",
    "A_0xhMEZ1Cg": "Brass_instrument",
    "9ivV2chJLa4": "Brass_instrument",
    "3CZ1i2_tKn0": "Canidae",
}
"""Clips of the benchmark that the authors' project page shows, with their classes."""


@pytest.fixture(scope="session")
def audioset(shared: Path) -> Path:
    return shared / "data" / "audioset"


@pytest.fixture(scope="session")
def curation(audioset: Path) -> Curation:
    return curated(audioset)


def curated(audioset: Path, **readings: str) -> Curation:
    lists = [segment_list(str(audioset / f"{name}_segments.csv")) for name in ("eval", "balanced_train")]
    return curate(audioset / "ontology.json", lists, readings=Readings(**readings))


@pytest.fixture
def arguments(audioset: Path) -> list[str]:
    return [
        *("curate", "--ontology", str(audioset / "ontology.json")),
        *("--segments", str(audioset / "eval_segments.csv")),
        *("--segments", str(audioset / "balanced_train_segments.csv")),
    ]


def test_61_classes_are_left(curation):
    assert len(classes_of(curation.simplified)) == 61


def test_the_clips_known_from_the_project_page_are_kept_with_their_classes(curation):
    kept = {clip.youtube_id: clip.class_name for clip in curation.manifest.clips if clip.split == "test"}
    assert {youtube_id: kept.get(youtube_id) for youtube_id in KNOWN} == KNOWN


@pytest.mark.parametrize("reading", [{"cross_tree": "single"}, {"removed_label": "label"}, {"restricted": "absorb"}])
def test_they_are_kept_under_other_readings_too_which_keep_other_numbers(audioset, curation, reading):
    other = curated(audioset, **reading)
    kept = {clip.youtube_id: clip.class_name for clip in other.manifest.clips}
    assert {youtube_id: kept.get(youtube_id) for youtube_id in KNOWN} == KNOWN
    assert len(other.manifest.clips) != len(curation.manifest.clips)


def test_the_strict_reading_of_several_parents_loses_a_class_of_the_paper(audioset):
    assert "Clapping" not in classes_of(curated(audioset, multi_parent="any").simplified)


def test_every_label_shares_the_fate_that_was_proposed_for_it_when_the_taxonomy_was_drawn_up(shared, curation):
    with (shared / "facts" / "taxonomy_proposal.csv").open(newline="") as file:
        proposed = {row["mid"]: row["class"] or None for row in csv.DictReader(file)}
    assert len(proposed) == 372
    assert {label: curation.simplified[label].class_name for label in proposed} == proposed


def test_the_funnel_only_narrows_and_ends_with_the_manifest(curation):
    counts = [step.clips for step in curation.funnel.steps]
    for before, after in pairwise(counts):
        assert all(0 < after[column] < before[column] for column in before)
    for column, split in curation.funnel.columns.items():
        assert counts[-1][column] == sum(clip.split == split for clip in curation.manifest.clips)
        of_class = curation.funnel.steps[-1].classes.values()
        assert counts[-1][column] == sum(by_column.get(column, 0) for by_column in of_class)


def test_the_papers_counts_stand_beside_ours_with_their_difference(curation):
    rows = {row.name: row.counts["eval"] for row in compare(curation.funnel)}
    assert (rows["listed"].ours, rows["listed"].paper, rows["listed"].difference) == (20371, 20371, 0)
    left = curation.funnel.steps[-1].clips["eval"]
    fetched = rows["fetched"]
    assert (fetched.ours, fetched.paper, fetched.difference) == (None, 3518, left - 3518)
    assert (rows["verified"].paper, rows["verified"].difference) == (658, None)


def test_the_same_lists_give_the_same_bytes_whatever_the_hash_seed_and_in_seconds(arguments, tmp_path):
    digests = []
    for seed in ("0", "4242"):
        out = tmp_path / seed / "manifest.parquet"
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "mma_bench", *arguments, "--out", out],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert time.monotonic() - began < 60
        files = sorted(out.parent.iterdir())
        assert [file.name for file in files] == ["manifest.classes.png", "manifest.funnel.png", "manifest.parquet"]
        digests.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
    assert digests[0] == digests[1]


def test_the_manifest_that_is_read_is_the_one_that_was_written(arguments, tmp_path, command, curation):
    command(*arguments, "--out", tmp_path / "m.parquet")
    manifest = read_manifest(tmp_path / "m.parquet")
    assert manifest.clips == curation.manifest.clips
    assert json.loads(json.dumps(curation.manifest.notes.as_json())) == manifest.notes.as_json()


def test_it_prints_classes_labels_and_the_funnel_beside_the_papers(arguments, tmp_path, command):
    said = command(*arguments, "--out", tmp_path / "m.parquet").stdout
    assert "What became of the 527 labels in the lists" in said
    assert "61 classes, no clips of Sheep" in said
    row = next(line for line in said.splitlines() if line.strip().startswith("downloaded"))
    assert row.split() == ["downloaded", "not", "yet", "3,518", "(+1,280)", "not", "yet", "3,892", "(+1,479)"]
    canidae = next(line for line in said.splitlines() if line.strip().startswith("Canidae"))
    assert canidae.split() == ["Canidae", "282", "85", "76", "72", "312", "121", "114", "105"]


def test_the_explanation_of_a_clip_names_each_step(curation):
    assert explain_clip(curation, "3CZ1i2_tKn0").splitlines() == [
        "3CZ1i2_tKn0, 15 to 25 s, in eval",
        '  its labels: "Yip"',
        "  1. none of them is above another",
        '     "Yip", below "Animal"',
        '  2. they share the root "Animal"',
        '  3. "Yip": Canidae (absorbed: below Dog)',
        "kept: Canidae, in the split test, as 3CZ1i2_tKn0_15000",
    ]


def test_every_clip_can_be_explained_and_the_explanation_ends_as_the_clip_did(curation):
    for clip in curation.clips[::500]:
        last = explain_clip(curation, clip.segment.youtube_id).splitlines()[-1]
        assert last.startswith(f"kept: {clip.result.class_name}," if clip.result.class_name else "dropped: ")


@pytest.mark.parametrize(
    ("reading", "youtube_id", "last"),
    [
        ({"specific": "leaf"}, "3CZ1i2_tKn0", "kept: Canidae, in the split test, as 3CZ1i2_tKn0_15000"),
        ({"specific": "leaf"}, "--U7joUcTCo", "dropped: none of them is a leaf of the ontology"),
        ({"cross_tree": "single"}, "-A1o1Egi20c", "dropped: they have more roots than one of the ontology"),
    ],
)
def test_the_explanation_goes_by_the_reading(audioset, reading, youtube_id, last):
    assert explain_clip(curated(audioset, **reading), youtube_id).splitlines()[-1] == last


def test_an_id_that_begins_with_dashes_is_explained_and_nothing_is_written(arguments, tmp_path, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = command(*arguments, "--explain", "--4gqARaEJE").stdout
    assert said.splitlines()[-1] == "dropped: they share no root of the ontology"
    assert not list(tmp_path.iterdir())


def test_the_explanation_of_a_class_says_what_it_took_in_and_what_it_lost(curation):
    said = explain_class(curation, "canidae")
    assert '"Dog": merged' in said
    assert '"Howl": absorbed, below Dog' in said
    assert "one class left: 72 in eval, 105 in balanced_train" in said
    assert 'Most often lost to a removed label: "Growling" (16)' in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "Alarm",
            [
                "removed, actionless",
                '17 below it are removed, actionless: "',
                "eval: 61 clips carry it; 15 of them were",
            ],
        ),
        ("Hiss", ["removed, several parents: its 4 paths lead to Cat / Hiss / Snake / removed"]),
        ("/m/0bt9lr", ["Dog (/m/0bt9lr): Canidae (merged", "Canidae is a class"]),
        ("Frying food", ["Frying_food is a class"]),
    ],
)
def test_a_label_of_audioset_is_explained_as_well(curation, name, words):
    said = explain_class(curation, name)
    assert [word for word in words if word not in said] == []


def test_what_is_in_no_list_is_an_error_that_offers_what_is_near(curation):
    with pytest.raises(OptionsError, match=r"--explain AAAAAAAAAAA: not in eval and balanced_train"):
        explain_clip(curation, "AAAAAAAAAAA")
    with pytest.raises(OptionsError, match=r"closest names: Canidae"):
        explain_class(curation, "canida")
