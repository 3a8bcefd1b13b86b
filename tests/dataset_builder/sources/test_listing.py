"""A folder of clips: a subfolder per class, or a clips.csv. Nothing of the media is read here."""

import os
import re
from pathlib import Path

import pytest

from mma_bench.benchmark.classes import class_name
from mma_bench.core.errors import SourceError
from mma_bench.sources.listing import list_folder, list_source


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def table(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "clips.csv").write_text(text, encoding="utf-8")
    return folder


def test_subfolders_are_classes_and_all_is_test(tmp_path):
    listing = list_folder(touch(tmp_path, "Bird/a.mp4", "Frying food/b ☃.webm"))
    assert [(c.clip_id, c.class_name, c.split) for c in listing.clips] == [
        ("Bird-a", "Bird", "test"),
        ("Frying food-b ☃", "Frying_food", "test"),
    ]


def test_subfolders_named_as_splits_hold_the_classes(tmp_path):
    listing = list_folder(touch(tmp_path, "train/Bird/a.mp4", "test/Bird/b.mp4", "validation/Cat/c.mp4"))
    assert {(c.clip_id, c.split) for c in listing.clips} == {
        ("test-Bird-b", "test"),
        ("train-Bird-a", "train"),
        ("validation-Cat-c", "validation"),
    }


def test_a_class_that_is_called_test_is_a_class_among_others(tmp_path):
    listing = list_folder(touch(tmp_path, "test/a.mp4", "Bird/b.mp4"))
    assert {c.class_name for c in listing.clips} == {"test", "Bird"}


def test_hidden_files_and_what_lies_beside_clips_are_no_clips(tmp_path):
    listing = list_folder(touch(tmp_path, "Bird/a.mp4", "Bird/.DS_Store", "Bird/a.json", "Bird/a.srt", "notes.txt"))
    assert [c.clip_id for c in listing.clips] == ["Bird-a"]


def test_a_table_gives_file_class_and_split(tmp_path):
    touch(tmp_path, "a.mp4", "sub/b.mp4")
    listing = list_folder(table(tmp_path, "file,class,split\na.mp4,Bird,train\nsub/b.mp4,Frying food,\n"))
    assert [(c.clip_id, c.class_name, c.split) for c in listing.clips] == [
        ("a", "Bird", "train"),
        ("sub-b", "Frying_food", "test"),
    ]


def test_a_folder_may_be_named_from_one_beside_it(tmp_path, monkeypatch):
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "one.mp4").write_bytes(b"")
    (folder / "clips.csv").write_text("file,class\none.mp4,Bird\n")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert [clip.clip_id for clip in list_folder(Path("../clips")).clips] == ["one"]


def test_a_table_may_tell_where_a_clip_comes_from(tmp_path):
    text = "file,class,id,youtube_id,start_seconds,end_seconds\na.mp4,Bird,y_30000,y,30,40\n"
    clip = list_folder(table(touch(tmp_path, "a.mp4"), text)).clips[0]
    assert (clip.clip_id, clip.youtube_id, clip.start_seconds, clip.end_seconds) == ("y_30000", "y", 30.0, 40.0)


def test_a_table_from_a_spreadsheet_is_read(tmp_path):
    (touch(tmp_path, "a.mp4") / "clips.csv").write_bytes("\ufefffile,class\r\na.mp4,Bird\r\n".encode())
    assert list_folder(tmp_path).clips[0].class_name == "Bird"


@pytest.mark.parametrize("entry", ["../outside.mp4", "/etc/hostname", "sub/../../outside.mp4", "link/outside.mp4"])
def test_an_entry_that_points_outside_the_folder_is_dropped(entry, tmp_path):
    touch(tmp_path, "outside.mp4", "clips/a.mp4")
    (tmp_path / "clips" / "link").symlink_to(tmp_path)
    listing = list_folder(table(tmp_path / "clips", f"file,class\na.mp4,Bird\n{entry},Cat\n"))
    assert [c.clip_id for c in listing.clips] == ["a"]
    assert [d.problem for d in listing.dropped] == ["outside_folder"]
    assert "clips.csv line 3" in listing.dropped[0].detail


@pytest.mark.parametrize("label", ["", "  ", "a,b", "{Bird}", 'say ""Bird""'])
def test_a_row_without_a_usable_class_is_dropped_with_its_line(label, tmp_path):
    listing = list_folder(table(touch(tmp_path, "a.mp4"), f'file,class\na.mp4,"{label}"\n'))
    assert not listing.clips
    assert listing.dropped[0].problem == "missing_class"
    assert "clips.csv line 2" in listing.dropped[0].detail


def test_of_two_clips_with_one_id_the_first_is_kept_and_both_are_named(tmp_path):
    text = "file,class,id\na.mp4,Bird,one\nb.mp4,Cat,one\n"
    listing = list_folder(table(touch(tmp_path, "a.mp4", "b.mp4"), text))
    assert [c.media.name for c in listing.clips] == ["a.mp4"]
    assert [d.problem for d in listing.dropped] == ["duplicate_id"]
    assert listing.dropped[0].detail.startswith("b.mp4 has the same id as a.mp4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,label\n", r"clips\.csv: missing columns: class, file; expected file,class\[,split\].*found name, label"),
        ("", r"clips\.csv: missing columns: class, file; expected file,class"),
        ("file,class,split\na.mp4,Bird,dev\n", r"clips\.csv line 2: unknown split 'dev'; expected one of train"),
        ("file,class,start_seconds\na.mp4,Bird,soon\n", r"clips\.csv line 2: invalid start_seconds 'soon'"),
    ],
)
def test_a_table_that_cannot_be_understood_is_an_error_with_its_line(text, message, tmp_path):
    with pytest.raises(SourceError, match=message):
        list_folder(table(touch(tmp_path, "a.mp4"), text))


def test_an_id_can_be_a_file_name(tmp_path):
    listing = list_folder(table(touch(tmp_path, "a.mp4"), "file,class,id\na.mp4,Bird,../../etc/passwd\n"))
    assert listing.clips[0].clip_id == "etc-passwd"


@pytest.mark.parametrize(("text", "name"), [(" Frying  food ", "Frying_food"), ("Bird", "Bird"), ("Naïve", "Naïve")])
def test_a_class_name_is_words_joined_by_underscores(text, name):
    assert class_name(text) == name


def test_a_synthetic_clip_says_nothing_of_its_class_in_its_id():
    listing = list_source("synthetic", clips=None, seed=3, limit=24, size=None, seconds=10, splits=("train", "test"))
    assert len(listing.clips) == 48
    assert len({c.clip_id for c in listing.clips}) == 48
    for clip in listing.clips:
        assert re.fullmatch(rf"synthetic-{clip.split}-3-\d{{5}}", clip.clip_id)


def test_a_folder_inside_the_folder_of_a_class_is_named_with_what_to_do(tmp_path):
    listing = list_folder(touch(tmp_path, "train/Bird/a.mp4", "train/Bird/monday/b.mp4", "test/Cat/tuesday/c.mp4"))
    assert [clip.clip_id for clip in listing.clips] == ["train-Bird-a"]
    assert {(d.file, d.problem, d.split, d.class_name) for d in listing.dropped} == {
        ("train/Bird/monday", "not_a_file", "train", "Bird"),
        ("test/Cat/tuesday", "not_a_file", "test", "Cat"),
    }
    assert all("move its clips up into the folder of the class" in d.detail for d in listing.dropped)


@pytest.mark.parametrize("name", [b"Bird/caf\xe9.mp4", b"Caf\xe9/a.mp4", b"caf\xe9.mp4", b"Bird/\xff\xfe"])
def test_a_name_that_is_not_utf_8_costs_its_clip_and_is_named(name, tmp_path):
    listing = list_folder(touch(tmp_path, "Bird/good.mp4", os.fsdecode(name)))
    assert [clip.clip_id for clip in listing.clips] == ["Bird-good"]
    (lost,) = listing.dropped
    assert lost.file == name.decode("utf-8", "backslashreplace")
    lost.detail.encode()
    (lost.class_name or "").encode()
    lost.clip_id.encode()
