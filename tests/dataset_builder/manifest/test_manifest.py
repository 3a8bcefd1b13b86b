"""The file that says which clips there are."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mma_bench.core.errors import SourceError
from mma_bench.manifest.clips import ManifestClip, clip_id
from mma_bench.manifest.manifest import Manifest, ManifestNotes, read_manifest, write_manifest

ROW = {
    "id": "3CZ1i2_tKn0_30000",
    "youtube_id": "3CZ1i2_tKn0",
    "url": None,
    "start_seconds": 30.0,
    "end_seconds": 40.0,
    "class": "Canidae",
    "split": "test",
}


def write(path, *rows, drop=()):
    types = {"id": pa.string(), "youtube_id": pa.string(), "url": pa.string(), "class": pa.string()}
    names = [name for name in ROW if name not in drop]
    columns = {name: pa.array([row[name] for row in rows], types.get(name)) for name in names}
    pq.write_table(pa.table(columns), path)
    return path


def test_a_manifest_comes_back_as_it_was_written(tmp_path):
    clips = [
        ManifestClip("3CZ1i2_tKn0_30000", "Canidae", "test", 30.0, 40.0, youtube_id="3CZ1i2_tKn0"),
        ManifestClip("mine", "Frying_food", "train", 0.5, 10.25, url="http://127.0.0.1:80/a%20b.mp4"),
    ]
    manifest = Manifest(clips, ManifestNotes.model_validate({"others": [1, "ü"]}))
    write_manifest(tmp_path / "m.parquet", manifest)
    assert read_manifest(tmp_path / "m.parquet") == manifest


def test_the_columns_are_those_that_others_rely_on(tmp_path):
    clip = ManifestClip("a", "Bird", "test", 0, 10, youtube_id="3CZ1i2_tKn0")
    write_manifest(tmp_path / "m.parquet", Manifest([clip]))
    assert pq.read_schema(tmp_path / "m.parquet").names == list(ROW)


def test_a_manifest_of_somebody_elses_is_read_without_our_notes_and_without_urls(tmp_path):
    manifest = read_manifest(write(tmp_path / "m.parquet", ROW, drop={"url"}))
    assert (manifest.clips[0].address, manifest.notes) == (
        "https://www.youtube.com/watch?v=3CZ1i2_tKn0",
        ManifestNotes(),
    )


def test_or_with_urls_and_without_youtube_ids(tmp_path):
    row = {**ROW, "url": "https://example.org/a.mp4"}
    manifest = read_manifest(write(tmp_path / "m.parquet", row, drop={"youtube_id"}))
    assert manifest.clips[0].address == "https://example.org/a.mp4"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "../../etc/passwd"}, "row 1: id '../../etc/passwd'"),
        ({"id": "/etc/passwd"}, "row 1: id '/etc/passwd'"),
        ({"id": "a/b"}, "row 1: id 'a/b'"),
        ({"id": "a\\b"}, r"row 1: id 'a\\\\b'"),
        ({"id": ".hidden"}, "row 1: id '.hidden'"),
        ({"id": ".."}, r"row 1: id '\.\.'"),
        ({"id": "a\0b"}, "row 1: id"),
        ({"id": "a\nb"}, "row 1: id"),
        ({"id": "a" * 300}, "row 1: id"),
        ({"id": ""}, "row 1: id ''"),
        ({"id": None}, "row 1: id is empty"),
        ({"youtube_id": "../../../etc"}, "row 1: youtube_id"),
        ({"youtube_id": None}, "row 1: neither youtube_id nor url"),
        ({"url": "file:///etc/passwd"}, "row 1: url"),
        ({"url": "concat:a"}, "row 1: url"),
        ({"start_seconds": -1.0}, "row 1: from -1.0 to 40.0 s"),
        ({"end_seconds": 30.0}, "row 1: from 30.0 to 30.0 s"),
        ({"end_seconds": float("nan")}, "row 1: from 30.0 to nan s"),
        ({"end_seconds": 3000.0}, "row 1: from 30.0 to 3000.0 s"),
        ({"class": "A, B"}, "row 1: class"),
        ({"split": "eval"}, "row 1: split 'eval'"),
        ({"id": ROW["id"].upper()}, "would name the same file"),
    ],
)
def test_a_row_that_names_no_clip_is_an_error_that_names_the_row(tmp_path, change, message):
    path = write(tmp_path / "m.parquet", ROW, {**ROW, "id": "other", **change})
    with pytest.raises(SourceError, match=message):
        read_manifest(path)


def test_a_file_that_is_no_manifest_is_an_error_that_says_what_was_expected(tmp_path):
    (tmp_path / "m.parquet").write_text("id,class\n")
    with pytest.raises(SourceError, match="expected a Parquet file written by `mma-bench curate`"):
        read_manifest(tmp_path / "m.parquet")
    with pytest.raises(SourceError, match="no such file"):
        read_manifest(tmp_path / "nowhere.parquet")
    with pytest.raises(SourceError, match="no column class, split; found id"):
        read_manifest(write(tmp_path / "n.parquet", ROW, drop={"class", "split"}))
    with pytest.raises(SourceError, match="contains no clips"):
        read_manifest(write(tmp_path / "e.parquet"))


def test_an_id_tells_recording_and_start_in_milliseconds():
    assert clip_id("3CZ1i2_tKn0", 30.25) == "3CZ1i2_tKn0_30250"
