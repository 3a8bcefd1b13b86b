"""Bad clips among good ones: dropped, counted, explained; the good ones are built."""

import csv
import shutil

import pytest

from built_rows import rows_of
from hostile_clips import PROBLEMS, make_hostile
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.core.errors import ClipError, OptionsError, PairingError, SourceError


@pytest.fixture
def mixed_folder(clip_folder, clip, other_clip, ffmpeg):
    make_hostile(clip_folder / "Dog", clip, other_clip, ffmpeg)
    shutil.copy(clip, clip_folder / "Dog" / "good.mp4")
    return clip_folder


def attrition(out):
    with (out / "attrition.csv").open(newline="", encoding="utf-8") as file:
        return {row["clip_id"]: row for row in csv.DictReader(file)}


def test_each_bad_clip_is_a_row_of_the_attrition_table_and_the_others_are_built(mixed_folder, tmp_path, command):
    done = command("build", "--source", mixed_folder, "--out", tmp_path / "out")
    lost = {k: r for k, r in attrition(tmp_path / "out").items() if r["status"] == "dropped"}
    assert {r["file"] for r in lost.values()} == {f"Dog/{name}" for name in PROBLEMS}
    for row in lost.values():
        assert row["reason"] in PROBLEMS[row["file"].removeprefix("Dog/")]
        assert row["detail"]
        assert row["class"] == "Dog"
    kept = {r["clip_id"] for r in rows_of(tmp_path / "out", "aligned")}
    assert kept == {"Dog-good", *(f"{c}-{n}" for c in ("Bird", "Cat", "Frying food") for n in (0, 1))}
    assert f"{len(PROBLEMS)} clips dropped" in done.stdout
    assert "attrition.csv" in done.stdout


def test_no_bad_clip_is_anybodys_donor(mixed_folder, tmp_path):
    build(BuildOptions(source=str(mixed_folder), out=tmp_path / "out", conditions=("misaligned",)))
    rows = rows_of(tmp_path / "out", "misaligned")
    assert sorted(r["donor_id"] for r in rows) == sorted(r["clip_id"] for r in rows)


def test_strict_stops_at_a_bad_clip_and_publishes_nothing(mixed_folder, tmp_path, command):
    said = command("build", "--source", mixed_folder, "--out", tmp_path / "out", "--strict", code=1).stderr
    assert any(name in said.replace("\n", "") for name in PROBLEMS)
    assert not (tmp_path / "out").exists()


def test_a_train_clip_under_the_length_is_dropped_as_too_short(clip_folder, tmp_path, make_clip):
    train = tmp_path / "split clips" / "train"
    shutil.copytree(clip_folder, train)
    shutil.copy(make_clip("one-second.mp4", seconds=1), train / "Bird" / "short.mp4")
    options = BuildOptions(
        source=str(train.parent), out=tmp_path / "out", seconds=1.5, size=32, train_swaps=2, conditions=("misaligned",)
    )
    report = build(options)
    assert report.record.attrition == {"too_short": 1}
    assert report.counts == {"misaligned": {"train": 12}}


def test_a_class_with_more_than_half_of_the_clips_is_an_error_with_its_remedy(clip_folder, tmp_path):
    shutil.rmtree(clip_folder / "Cat")
    shutil.copy(clip_folder / "Bird" / "0.mp4", clip_folder / "Bird" / "2.mp4")
    with pytest.raises(PairingError, match=r"split test: class 'Bird' has 3 of 5 clips.*drop 1 of 'Bird'"):
        build(BuildOptions(source=str(clip_folder), out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_folder_of_nothing_but_bad_clips_is_an_error_that_says_why(tmp_path, clip_folder):
    for path in clip_folder.rglob("*.mp4"):
        path.write_bytes(b"")
    with pytest.raises(PairingError, match=r"none of the 6 clips can be used.*Bird-0: is empty"):
        build(BuildOptions(source=str(clip_folder), out=tmp_path / "out"))


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_a_clip_that_changes_during_the_build_is_an_error_not_a_wrong_row(change, clip_folder, other_clip, tmp_path):
    victim = clip_folder / "Bird" / "0.mp4"

    def tamper(step, done, total):
        if step == "verify" and done == total:
            victim.unlink()
            if change == "replaced":
                shutil.copy(other_clip, victim)

    options = BuildOptions(source=str(clip_folder), out=tmp_path / "out")
    with pytest.raises(ClipError, match=r"Bird-0: its file was replaced or removed while the dataset was built"):
        build(options, progress=tamper)
    assert not (tmp_path / "out").exists()
    # What the message advises works: the new file is verified anew, or dropped.
    report = build(options)
    assert report.counts["aligned"]["test"] == (6 if change == "replaced" else 5)


def test_a_clip_that_was_repaired_between_two_runs_is_in_every_row_that_it_belongs_to(clip_folder, tmp_path):
    victim, out = clip_folder / "Bird" / "0.mp4", tmp_path / "out"
    whole = victim.read_bytes()
    victim.write_bytes(bytes(len(whole)))  # as large as the good one

    def stop(step, done, total):
        if step == "write test" and done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(BuildOptions(source=str(clip_folder), out=out), progress=stop)
    victim.write_bytes(whole)
    build(BuildOptions(source=str(clip_folder), out=out))
    assert len(rows_of(out, "aligned")) == 6
    assert attrition(out)["Bird-0"]["status"] == "kept"


def test_a_build_that_failed_may_be_tried_with_more_clips_or_other_options(clip_folder, tmp_path):
    source = str(clip_folder)
    with pytest.raises(PairingError):
        build(BuildOptions(source=source, out=tmp_path / "out", limit=1))
    assert build(BuildOptions(source=source, out=tmp_path / "out")).counts["misaligned"] == {"test": 6}


def test_a_clip_beside_the_class_folders_is_accounted_for(clip_folder, tmp_path):
    shutil.copy(clip_folder / "Bird" / "0.mp4", clip_folder / "stray.mp4")
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", conditions=("aligned",)))
    stray = attrition(tmp_path / "out")["stray.mp4"]
    assert (stray["status"], stray["reason"], stray["file"]) == ("dropped", "missing_class", "stray.mp4")


def test_conditions_and_splits_without_a_row_are_refused(clip_folder, tmp_path):
    with pytest.raises(OptionsError, match=r"nothing to build: --conditions frames_zeroed with --splits train"):
        build(
            BuildOptions(
                out=tmp_path / "out", conditions=("frames_zeroed",), splits=("train",), limit=12, size=32, seconds=0.5
            )
        )


def test_an_empty_folder_says_what_was_expected_in_it(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"no clips; expected one subfolder per class.*or a clips\.csv"):
        build(BuildOptions(source=str(tmp_path / "empty"), out=tmp_path / "out"))
