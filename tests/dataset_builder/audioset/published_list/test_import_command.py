"""`mma-bench import`: the authors' list becomes a manifest, with a report on how it was read."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mma_bench.cli.import_list import import_command
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.manifest.manifest import read_manifest

IDS = [f"abcdefghi{k:02}" for k in range(20)]


@pytest.fixture
def published(tmp_path) -> Path:
    """Twenty entries: a train clip, six of test in two classes, one twice, and twelve that cannot be read."""
    entries = [
        {"ytid": IDS[0], "start": 3, "label": "Bird", "split": "train"},
        *({"ytid": name, "start": 3, "label": "Bird" if name < IDS[4] else "Cat"} for name in IDS[1:7]),
        {"ytid": IDS[6], "start": 3, "label": "Cat", "caption": "a cat"},
        *({"ytid": name, "start": 3} for name in IDS[7:18]),
        {"ytid": IDS[18], "label": "Cat"},
    ]
    path = tmp_path / "list.json"
    path.write_text(json.dumps(entries))
    return path


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command()(import_command)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_the_clips_are_in_the_manifest(published, tmp_path):
    out = tmp_path / "made" / "manifest.parquet"
    assert run(published, "--out", out, "--split", "validation").exit_code == 0
    manifest = read_manifest(out)
    assert [c.youtube_id for c in manifest.clips] == IDS[:7]
    assert [c.split for c in manifest.clips] == ["train"] + 6 * ["validation"]
    assert manifest.notes.published_list["file"] == "list.json"
    assert manifest.notes.unreadable == 12


def test_the_same_list_gives_the_same_bytes(published, tmp_path):
    made = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for out in made:
        run(published, "--out", out)
    assert made[0].read_bytes() == made[1].read_bytes()


def test_it_says_what_it_read_and_what_comes_next(published, tmp_path):
    out = tmp_path / "my manifest.parquet"
    lines = [" ".join(line.split()) for line in run(published, "--out", out).output.splitlines()]
    for line in (
        "7 clips in 2 classes",
        "train 1 clips in 1 classes",
        "test 6 clips in 2 classes",
        "YouTube id ytid",
        "start start",
        "class label",
        "not used caption",
        "merged with a clip already named: 1",
    ):
        assert line in lines
    assert lines[-2:] == [f"{out} is complete.", f"Next: mma-bench fetch '{out}' --out clips"]


def test_of_what_it_could_not_read_the_first_ten_are_named_and_the_rest_counted_by_reason(published, tmp_path):
    lines = run(published, "--out", tmp_path / "m.parquet").output.splitlines()
    start = lines.index("could not be read: 12")
    assert lines[start + 1] == "  .[8]: fields ytid, start; no field for a class"
    assert lines[start + 10].startswith("  .[17]: ")
    assert [line.split(":")[0] for line in lines[start + 11 : start + 13]] == ["  and 1 more", "  and 1 more"]
    assert {"no field for a class" in line for line in lines[start + 11 : start + 13]} == {True, False}


def test_a_list_that_is_read_whole_says_nothing_of_the_unreadable(tmp_path):
    path = tmp_path / "list.json"
    path.write_text(json.dumps([{"ytid": IDS[0], "start": 3, "label": "Bird"}]))
    assert "could not be read" not in run(path, "--out", tmp_path / "m.parquet").output


def test_starts_come_from_segment_lists_where_a_recording_has_one_segment(published, tmp_path):
    entries = [{"ytid": name, "label": "Bird"} for name in IDS[:3]]
    published.write_text(json.dumps(entries))
    first, second = tmp_path / "eval_segments.csv", tmp_path / "more.csv"
    first.write_text(f'# YTID, start\n{IDS[0]}, 30.000, 36.500, "/m/a"\n{IDS[1]}, 1.000, 11.000, "/m/a"\n')
    second.write_text(f'{IDS[0]}, 30.000, 36.500, "/m/b"\n{IDS[1]}, 50.000, 60.000, "/m/a"\n')
    out = tmp_path / "m.parquet"
    done = run(published, "--out", out, "--segments", first, "--segments", second)
    (clip,) = read_manifest(out).clips
    assert (clip.youtube_id, clip.start_seconds, clip.end_seconds) == (IDS[0], 30.0, 36.5)
    assert (
        f".[1]: {IDS[1]}; no start, and the segment lists contain no segment or several segments of this recording"
        in done.output
    )
    assert set(read_manifest(out).notes.segments) == {"eval_segments.csv", "more.csv"}


def test_the_list_is_never_overwritten(published):
    before = published.read_bytes()
    assert isinstance(run(published, "--out", published).exception, OptionsError)
    assert published.read_bytes() == before


def test_a_split_that_does_not_exist_is_refused(published, tmp_path):
    assert isinstance(run(published, "--out", tmp_path / "m.parquet", "--split", "dev").exception, OptionsError)


def test_of_a_list_without_clips_no_manifest_is_written(published, tmp_path):
    published.write_text("[]")
    assert isinstance(run(published, "--out", tmp_path / "m.parquet").exception, SourceError)
    assert [p.name for p in tmp_path.iterdir()] == ["list.json"]
