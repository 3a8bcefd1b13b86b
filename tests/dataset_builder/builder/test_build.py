"""The folder that a build writes (design: data contract)."""

import csv
import hashlib
import io
import json
import shutil
from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from built_rows import TINY, rows_of
from conftest import H264
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.media import MEDIA_CODE
from mma_bench.media.demux import read_recording
from mma_bench.media.frames import sample_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import decode_flac, read_sound


def shards(folder):
    return {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*.parquet"))}


def digests(folder):
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in shards(folder).items()}


def test_it_holds_the_card_the_shards_the_attrition_and_build_json_and_nothing_else(built):
    one = "00000-of-00001.parquet"
    expected = {f"{c}/test-{one}" for c in CONDITIONS}
    expected |= {f"{c}/{s}-{one}" for c in ("aligned", "misaligned") for s in ("train", "validation")}
    found = {p.relative_to(built).as_posix() for p in built.rglob("*") if p.is_file()}
    assert found == expected | {"README.md", "attrition.csv", "build.json"}
    assert not (built.parent / "mma-bench.partial").exists()


def test_the_columns_are_those_of_the_contract(built):
    assert pq.read_schema(built / "aligned/test-00000-of-00001.parquet").names == [
        "id", "video", "audio", "visual_class", "audio_class", "visual_present", "audio_present",
        "visual_question", "audio_question", "caption_class", "clip_id", "donor_id", "youtube_id",
        "start_seconds", "end_seconds", "seed", "condition", "video_sha256", "audio_sha256",
    ]  # fmt: skip


def test_in_every_swap_picture_and_sound_are_of_two_classes_and_the_donor_is_published(built):
    rows = rows_of(built, "misaligned")
    label = {r["clip_id"]: r["visual_class"] for r in rows_of(built, "aligned")}
    assert len(rows) == 24
    assert sorted(r["clip_id"] for r in rows) == sorted(r["donor_id"] for r in rows) == sorted(label)
    for row in rows:
        assert row["visual_class"] == label[row["clip_id"]] != row["audio_class"] == label[row["donor_id"]]


def test_a_train_clip_has_ten_swaps_with_ten_other_classes(built):
    of_clip = {}
    for row in rows_of(built, "misaligned", "train", ["clip_id", "visual_class", "audio_class"]):
        of_clip.setdefault(row["clip_id"], []).append(row)
    assert len(of_clip) == 22
    assert all(len({r["audio_class"] for r in rows} - {rows[0]["visual_class"]}) == 10 for rows in of_clip.values())


def test_what_a_row_says_is_present_is_what_its_media_hold(built):
    for condition in CONDITIONS.values():
        row = rows_of(built, condition.name)[0]
        assert sample_frames(row["video"]["bytes"]).any() == row["visual_present"] == condition.visual_present
        assert decode_flac(row["audio"]["bytes"]).any() == row["audio_present"] == condition.audio_present


def test_the_audio_column_is_the_sound_of_the_video_column(built):
    for condition in CONDITIONS:
        for row in rows_of(built, condition)[:3]:
            inside, column = read_sound(row["video"]["bytes"]), decode_flac(row["audio"]["bytes"])
            assert len(column) == 16_000
            assert soundfile.info(io.BytesIO(row["audio"]["bytes"])).samplerate == 16_000
            n = min(len(inside), len(column)) - 600  # a donor's sound ends within a packet of its picture
            assert np.array_equal(inside[:n], column[:n])


def test_a_swap_holds_the_picture_of_one_clip_and_the_sound_of_the_other(built):
    own = {r["clip_id"]: r for r in rows_of(built, "aligned")}
    for row in rows_of(built, "misaligned"):
        clip, donor = own[row["clip_id"]], own[row["donor_id"]]
        assert row["video_sha256"] == clip["video_sha256"]
        recordings = [read_recording(r["video"]["bytes"]) for r in (row, clip, donor)]
        swapped, first, second = recordings
        assert [bytes(p) for p in swapped.video.packets] == [bytes(p) for p in first.video.packets]
        n = len(swapped.audio.packets)
        assert [bytes(p) for p in swapped.audio.packets] == [bytes(p) for p in second.audio.packets][:n]


def test_digests_are_of_the_packets_so_that_equal_streams_have_equal_digests(built):
    rows = {c: {r["clip_id"]: r for r in rows_of(built, c)} for c in CONDITIONS}
    for clip, row in rows["aligned"].items():
        with read_recording(row["video"]["bytes"]) as recording:
            assert recording.video.sha256 == row["video_sha256"]
            assert recording.audio.sha256 == row["audio_sha256"]
        assert rows["frames_zeroed"][clip]["audio_sha256"] == row["audio_sha256"]
        assert rows["audio_removed"][clip]["video_sha256"] == row["video_sha256"]
    assert len({r["video_sha256"] for r in rows["frames_zeroed"].values()}) == 1


def test_questions_are_ready_to_ask(built):
    classes = json.loads((built / "build.json").read_text())["classes"]
    plain = f"Which class best describes the audio content of this video? Options: {{{', '.join(classes)}}}."
    for row in rows_of(built, "misleading_caption"):
        assert row["audio_question"].startswith(f"Video_caption: {row['caption_class']}. {plain}")
        assert row["caption_class"] not in (row["visual_class"], row["audio_class"])
    for row in rows_of(built, "long_context"):
        assert row["audio_question"].startswith(plain)
        assert len(row["audio_question"].split("phrase. ")[1].split(" ")) == 1000


def test_training_clips_are_square_and_of_one_length(built):
    for row in rows_of(built, "misaligned", "train")[:12]:
        info = probe(row["video"]["bytes"])
        assert (info.width, info.height, info.picture_seconds) == (64, 64, 1)


def test_the_same_options_give_the_same_bytes_whatever_the_workers(built, tmp_path):
    build(BuildOptions(out=tmp_path / "again", **{**TINY, "workers": 2}))
    assert digests(tmp_path / "again") == digests(built)


def test_another_seed_gives_other_clips_and_pairs_and_no_clip_twice(built, tmp_path):
    build(BuildOptions(out=tmp_path / "b", seed=1, splits=("test",), **TINY))
    ours = rows_of(built, "aligned") + rows_of(built, "aligned", "train") + rows_of(built, "aligned", "validation")
    theirs = rows_of(tmp_path / "b", "aligned")
    assert len({r["video_sha256"] for r in ours + theirs}) == len(ours) + len(theirs)
    assert len({r["audio_sha256"] for r in ours + theirs}) == len(ours) + len(theirs)


def test_only_what_was_asked_for_is_built(clip_folder, tmp_path):
    options = BuildOptions(source=str(clip_folder), out=tmp_path / "out", conditions=("misaligned", "audio_removed"))
    report = build(options)
    assert report.counts == {"misaligned": {"test": 6}, "audio_removed": {"test": 6}}
    assert {p.name for p in (tmp_path / "out").iterdir() if p.is_dir()} == {"misaligned", "audio_removed"}


def test_attrition_accounts_for_every_clip(clip_folder, tmp_path):
    (clip_folder / "Cat" / "broken.mp4").write_text("not a clip")
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", limit=6))
    with (tmp_path / "out" / "attrition.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    files = {p.relative_to(clip_folder).as_posix(): p for p in clip_folder.rglob("*.mp4")}
    assert {r["file"] for r in rows} == set(files)
    for row in rows:
        kept = row["status"] == "kept"
        assert kept == bool(row["sha256"])
        assert not kept or row["sha256"] == hashlib.sha256(files[row["file"]].read_bytes()).hexdigest()
    assert Counter(r["status"] for r in rows)["not_selected"] == 1


def test_nothing_published_names_a_folder_of_the_builder(clip_folder, tmp_path):
    (clip_folder / "Cat" / "broken.mp4").write_text("not a clip")
    lines = [f"{p.relative_to(clip_folder)},{p.parent.name}" for p in sorted(clip_folder.rglob("*.mp4"))]
    (clip_folder / "clips.csv").write_text("\n".join(["file,class", *lines, f"{tmp_path}/private.mp4,Cat"]))
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "plan", conditions=("aligned",)))
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", plan=str(tmp_path / "plan")))
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert str(tmp_path).encode() not in path.read_bytes(), path


def test_train_and_validation_of_a_source_that_names_both_never_share_a_clip(clip_folder, tmp_path, make_clip):
    source = tmp_path / "split"
    shutil.copytree(clip_folder, source / "train")
    shutil.copytree(clip_folder, source / "validation")
    options = {"source": str(source), "seconds": 1.5, "size": 32, "train_swaps": 2, "conditions": ("aligned",)}
    clips = {}
    for split in ("train", "validation"):
        report = build(BuildOptions(out=tmp_path / split, splits=(split,), **options))
        assert report.counts == {"aligned": {split: 6}}
        clips[split] = {row["clip_id"] for row in rows_of(tmp_path / split, "aligned", split)}
    assert not clips["train"] & clips["validation"]


def test_what_is_held_out_does_not_depend_on_the_splits_that_are_built(tmp_path):
    drawn = {"limit": 24, "size": 32, "seconds": 0.5, "conditions": ("aligned",), "train_swaps": 1}
    parts = {}
    for splits in (("train", "validation"), ("train",), ("validation",)):
        build(BuildOptions(out=tmp_path / "-".join(splits), splits=splits, **drawn))
        parts[splits] = {s: {r["clip_id"] for r in rows_of(tmp_path / "-".join(splits), "aligned", s)} for s in splits}
    together = parts["train", "validation"]
    assert parts["train",]["train"] == together["train"]
    assert parts["validation",]["validation"] == together["validation"]
    build(BuildOptions(out=tmp_path / "whole", splits=("train", "validation"), validation=0.0, **drawn))
    assert len(rows_of(tmp_path / "whole", "aligned", "train")) == 24
    record = json.loads((tmp_path / "whole" / "build.json").read_text())
    assert record["options"]["validation"] == 0
    assert record["options"]["media_code"] == MEDIA_CODE


def test_clips_that_are_silent_are_counted_and_named(clip_folder, tmp_path, ffmpeg, command):
    tick = "sine=frequency=440:sample_rate=44100:duration=0.01,apad=whole_dur=2"
    for name, sound in (("mute", "anullsrc=r=44100:d=2"), ("tick", tick)):
        picture = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=2", "-f", "lavfi", "-i", sound)
        ffmpeg(*picture, "-t", "2", *H264[:-4], "-c:a", "flac", "-strict", "-2", clip_folder / "Cat" / f"{name}.mp4")
    shutil.copy(clip_folder / "Bird" / "0.mp4", clip_folder / "Bird" / "2.mp4")
    shutil.copy(clip_folder / "Bird" / "1.mp4", clip_folder / "Bird" / "3.mp4")
    said = command("build", "--source", clip_folder, "--out", tmp_path / "out").stdout
    assert "2 clips are silent: rows that lend their sound to others show no conflict" in " ".join(said.split())
    assert json.loads((tmp_path / "out" / "build.json").read_text())["silent_clips"] == {"test": 2}
    assert "2 clips are silent" in (tmp_path / "out" / "README.md").read_text()


def test_row_groups_stream_well(monkeypatch, clip_folder, tmp_path):
    monkeypatch.setattr("mma_bench.builder.shards.ROW_GROUP_BYTES", 100_000)
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", conditions=("aligned",)))
    metadata = pq.read_metadata(next((tmp_path / "out" / "aligned").glob("*.parquet")))
    assert metadata.num_row_groups > 1
    columns = {metadata.row_group(0).column(k).path_in_schema: metadata.row_group(0).column(k) for k in range(21)}
    assert columns["video.bytes"].compression == "UNCOMPRESSED"
    assert columns["visual_question"].compression == "ZSTD"
    assert columns["id"].has_offset_index


def test_shards_of_one_number_cover_the_same_clips_in_every_condition(monkeypatch, clip_folder, tmp_path):
    monkeypatch.setattr("mma_bench.builder.shards.SHARD_BYTES", 150_000)
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "out"))
    by_condition = {}
    for name in shards(tmp_path / "out"):
        condition, file = name.split("/")
        rows = pq.read_table(tmp_path / "out" / name, columns=["clip_id"]).to_pylist()
        by_condition.setdefault(condition, {})[file] = [r["clip_id"] for r in rows]
    assert len(by_condition["aligned"]) > 1
    assert all(files == by_condition["aligned"] for files in by_condition.values())


@pytest.mark.parametrize("workers", [1, 2])
def test_a_build_of_a_folder_copies_its_clips_packets(workers, clip_folder, tmp_path):
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", workers=workers, conditions=("aligned",)))
    for row in rows_of(tmp_path / "out", "aligned"):
        class_name, number = row["clip_id"].rsplit("-", 1)
        own = read_recording(clip_folder / class_name / f"{number}.mp4")
        made = read_recording(row["video"]["bytes"])
        assert [bytes(p) for p in made.video.packets] == [bytes(p) for p in own.video.packets]
        assert row["visual_class"] == class_name.replace(" ", "_")


def test_attrition_and_card_count_what_rows_were_made_of(tmp_path):
    report = build(BuildOptions(out=tmp_path / "out", splits=("validation",), **TINY))
    assert report.record.clips == {"validation": 2}
    with (tmp_path / "out" / "attrition.csv").open(newline="") as file:
        statuses = Counter((r["status"], r["split"]) for r in csv.DictReader(file))
    assert statuses == {("kept", "validation"): 2, ("not_selected", "train"): 22}
    assert "All 2 clips were kept" in (tmp_path / "out" / "README.md").read_text()


def test_a_folder_called_synthetic_is_not_passed_off_as_drawn(clip_folder, tmp_path, monkeypatch):
    clip_folder.rename(tmp_path / "synthetic")
    monkeypatch.chdir(tmp_path)
    build(BuildOptions(source="./synthetic", out=tmp_path / "out", conditions=("aligned",)))
    card = (tmp_path / "out" / "README.md").read_text()
    assert "license: other" in card
    assert "drawn" not in card
    assert 'load_dataset("out", "aligned"' in card
