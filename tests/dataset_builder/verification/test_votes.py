"""The file of an annotator's votes."""

import itertools
import threading
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mma_bench.core.errors import SourceError
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest, ManifestNotes, read_manifest, write_manifest
from mma_bench.verification.votes import Ballot, Vote, read_ballot, write_ballot

CLIPS = [
    ManifestClip("a_0", "Bird", "test", 0, 10, youtube_id="3CZ1i2_tKn0"),
    ManifestClip("b_0", "Cat", "test", 0, 10, youtube_id="3CZ1i2_tKn1"),
    ManifestClip("c_0", "Rain", "train", 0, 10, youtube_id="3CZ1i2_tKn2"),
]
PASS = Vote("pass", True, True, True, "", 1, "2026-01-02T03:04:05+00:00", 4.5)
FAIL = Vote("fail", True, False, True, "a radio, says “ü”", 2, "2026-01-02T03:04:15+00:00", None)


@pytest.fixture
def ballot() -> Ballot:
    manifest = Manifest(CLIPS, ManifestNotes(checks={"model": "m"}))
    return Ballot("anna", manifest).with_vote("a_0", PASS).with_vote("b_0", FAIL)


def changed(path: Path, column: str, values: list) -> None:
    table = pq.read_table(path)
    index = table.schema.names.index(column)
    pq.write_table(table.set_column(index, column, pa.array(values, table.schema.field(index).type)), path)


def test_votes_come_back_as_they_were_written(ballot, tmp_path):
    write_ballot(tmp_path / "anna.parquet", ballot)
    assert read_ballot(tmp_path / "anna.parquet") == ballot.with_vote("c_0", Vote())


def test_they_can_be_read_at_any_time_while_they_are_replaced(ballot, tmp_path):
    path, read, done = tmp_path / "anna.parquet", [], threading.Event()
    write_ballot(path, ballot)

    def replacing() -> None:
        for k in itertools.count(1):
            write_ballot(path, ballot.with_vote("b_0", replace(FAIL, note="a word " * (k % 50))))
            if done.is_set():
                return

    writer = threading.Thread(target=replacing)
    writer.start()
    try:
        read += [read_ballot(path).vote("b_0").note for _ in range(100)]
    finally:
        done.set()
        writer.join()
    assert len(set(read)) > 2


def test_it_is_a_manifest_whose_notes_go_on(ballot, tmp_path):
    write_ballot(tmp_path / "anna.parquet", ballot)
    manifest = read_manifest(tmp_path / "anna.parquet")
    assert manifest.clips == CLIPS
    assert manifest.notes.checks == {"model": "m"}
    assert manifest.notes.review["annotator"] == "anna"
    assert list(manifest.notes.review["criteria"]) == ["object_visible", "clean_sound", "visible_action"]


def test_only_clips_of_its_splits_are_under_review(ballot):
    assert [clip.clip_id for clip in ballot.reviewed] == ["a_0", "b_0"]
    assert len(replace(ballot, splits=("train", "test")).reviewed) == 3


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (("pass", True, False, False), "these are marked: sound not clean and no visible action"),
        (("pass", False, False, False), "these are marked: object not visible, sound not clean and no visible action"),
        (("fail", True, True, True), "fail needs a reason"),
        (("fail", True, True, True, "  "), "fail needs a reason"),
        (("fail", None, True, None), "verdict 'fail' with object_visible, visible_action null; expected true or false"),
        (("perhaps", True, True, True), "expected pass or fail"),
    ],
)
def test_a_verdict_is_borne_out_by_criteria_and_note(fields, said):
    with pytest.raises(ValueError, match=said):
        Vote(*fields)


def test_a_note_alone_is_a_reason_to_fail():
    assert Vote("fail", True, True, True, "a watermark over all of it").verdict == "fail"


def test_a_file_without_votes_says_what_was_expected(tmp_path):
    write_manifest(tmp_path / "m.parquet", Manifest(CLIPS))
    with pytest.raises(SourceError, match=r"m.parquet: no column .*verdict"):
        read_ballot(tmp_path / "m.parquet")


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("verdict", ["pass", "maybe", None], "row 1: verdict 'maybe'"),
        ("clean_sound", [False, False, None], "row 0: pass needs all three"),
        ("decision", [1, None, None], "row 1: verdict .* with decision None; expected both or neither"),
        ("decision", [1, 1, None], "column `decision` has 1 more than once"),
    ],
)
def test_votes_changed_by_hand_are_named(column, values, said, ballot, tmp_path):
    write_ballot(tmp_path / "anna.parquet", ballot)
    changed(tmp_path / "anna.parquet", column, values)
    with pytest.raises(SourceError, match=said):
        read_ballot(tmp_path / "anna.parquet")
