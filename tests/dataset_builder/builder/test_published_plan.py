"""`--plan`: the rows of a published dataset, rebuilt from whatever clips survived."""

import csv
import shutil

import pytest

from built_rows import TINY_ARGUMENTS, rows_of
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.core.errors import OptionsError, SourceError


@pytest.fixture
def original(clip_folder, tmp_path):
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "original", seed=3, workers=1))
    return tmp_path / "original"


def test_the_same_clips_give_the_same_rows(original, clip_folder, tmp_path):
    # The seed is the plan's, not the command's.
    report = build(BuildOptions(source=str(clip_folder), out=tmp_path / "again", plan=str(original), workers=1))
    for condition in CONDITIONS:
        assert rows_of(tmp_path / "again", condition) == rows_of(original, condition)
    assert report.record.rows_lost_from_plan == 0


def test_rows_whose_clip_or_donor_is_gone_are_lost_and_counted(original, clip_folder, tmp_path):
    (clip_folder / "Cat" / "0.mp4").unlink()
    report = build(BuildOptions(source=str(clip_folder), out=tmp_path / "again", plan=str(original), workers=1))
    expected = {
        c: [r for r in rows_of(original, c) if "Cat-0" not in (r["clip_id"], r["donor_id"])] for c in CONDITIONS
    }
    for condition in CONDITIONS:
        assert rows_of(tmp_path / "again", condition) == expected[condition]
    # Its six rows as a picture, and the swap that it lent its sound to.
    assert report.record.rows_lost_from_plan == 7
    assert "7 rows of the plan" in (tmp_path / "again" / "README.md").read_text()
    assert report.record.classes == ("Bird", "Cat", "Frying_food")


def test_clips_that_are_gone_are_named(original, clip_folder, tmp_path):
    (clip_folder / "Cat" / "0.mp4").unlink()
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "again", plan=str(original), workers=1))
    with (tmp_path / "again" / "attrition.csv").open(newline="") as file:
        lost = [row for row in csv.DictReader(file) if row["status"] == "dropped"]
    assert [(row["clip_id"], row["reason"], row["class"]) for row in lost] == [("Cat-0", "missing_file", "Cat")]


def test_rows_of_another_recording_under_the_same_name_are_counted(original, clip_folder, tmp_path):
    shutil.copy(clip_folder / "Bird" / "1.mp4", clip_folder / "Cat" / "0.mp4")
    report = build(BuildOptions(source=str(clip_folder), out=tmp_path / "again", plan=str(original), workers=1))
    # Both clips show the same; their sounds differ, which are heard in four rows of its own and in a swap.
    assert report.record.rows_with_other_media == 5
    assert "5 rows have other pictures or sounds than the published" in (tmp_path / "again" / "README.md").read_text()


def test_clips_that_the_plan_does_not_name_are_left_out(original, clip_folder, tmp_path, make_clip):
    (clip_folder / "Rain").mkdir()
    shutil.copy(make_clip("extra.mp4", seconds=2), clip_folder / "Rain")
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "again", plan=str(original), workers=1))
    assert rows_of(tmp_path / "again", "aligned") == rows_of(original, "aligned")


def test_a_synthetic_dataset_is_rebuilt_from_its_plan_alone(built, tmp_path, command):
    command("build", "--plan", built, "--out", tmp_path / "again", "--splits", "test", "--workers", "2")
    for condition in CONDITIONS:
        assert rows_of(tmp_path / "again", condition) == rows_of(built, condition)


def test_a_plan_that_is_not_there_is_an_error(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"--plan .*empty: .*expected a folder that `mma-bench build` wrote"):
        build(BuildOptions(out=tmp_path / "again", plan=str(tmp_path / "empty")))


def test_a_dry_run_counts_what_would_be_built_and_writes_nothing(built, tmp_path, command):
    done = command("build", *TINY_ARGUMENTS, "--out", tmp_path / "dry", "--dry-run")
    assert not list(tmp_path.iterdir())
    said = " ".join(done.stdout.split())
    assert "46 clips in 12 classes" in said or "48 clips in 12 classes" in said
    assert "misaligned │ 220 │ 2 │ 24" in said


def test_an_option_that_contradicts_the_plan_is_refused(original, clip_folder, tmp_path):
    with pytest.raises(OptionsError, match=r"--seed 7: the plan was built with 3; omit the option"):
        build(BuildOptions(source=str(clip_folder), out=tmp_path / "again", plan=str(original), seed=7))


def test_a_rebuild_says_with_which_seed_its_plan_was_made(original, clip_folder, tmp_path):
    report = build(BuildOptions(source=str(clip_folder), out=tmp_path / "again", plan=str(original), workers=1))
    assert report.record.options.seed == 3


def test_a_plan_of_other_clips_says_what_both_look_like(original, tmp_path):
    with pytest.raises(SourceError, match=r"none of the 6 clips of the plan.*'synthetic-train-3-00000'"):
        build(BuildOptions(out=tmp_path / "again", plan=str(original)))


def test_many_shards_of_a_plan_cover_the_same_clips_in_every_condition(monkeypatch, original, clip_folder, tmp_path):
    monkeypatch.setattr("mma_bench.builder.shards.SHARD_BYTES", 150_000)
    options = {"source": str(clip_folder), "workers": 1}
    build(BuildOptions(out=tmp_path / "shards", seed=3, **options))
    build(BuildOptions(out=tmp_path / "again", plan=str(tmp_path / "shards"), **options))
    files = {p.relative_to(tmp_path / "again").as_posix() for p in (tmp_path / "again").rglob("*.parquet")}
    assert files == {p.relative_to(tmp_path / "shards").as_posix() for p in (tmp_path / "shards").rglob("*.parquet")}
    assert len(files) > 6
    for condition in CONDITIONS:
        assert rows_of(tmp_path / "again", condition) == rows_of(original, condition)
