"""From AudioSet's lists to a dataset: curate, fetch, build, load."""

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard

from built_rows import rows_of
from conftest import H264, QUICK_AUDIO
from media_server import MediaServer, missing, too_many
from mma_bench.audioset.curation.curate import curate
from mma_bench.audioset.curation.readings import Readings
from mma_bench.audioset.curation.save import save_curation
from mma_bench.audioset.curation.segments import segment_list
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.manifest.manifest import Manifest, read_manifest, write_manifest
from mma_bench.media.operations import swap_sound
from mma_bench.sources.listing import list_source

CLASSES = ("Bird", "Canidae", "Frying_food", "Clock")


@pytest.fixture(scope="module")
def curated(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real lists, curated."""
    lists = shared / "data" / "audioset"
    path = tmp_path_factory.mktemp("curated") / "curated.parquet"
    curation = curate(lists / "ontology.json", [segment_list(str(lists / "eval_segments.csv"))], readings=Readings())
    save_curation(curation, path)
    return path


@pytest.fixture
def recordings(make_clip):
    """A server of recordings, one per class, each longer than any of its clips needs."""
    made = {
        f"{name}.mp4": make_clip(f"{name}.mp4", *H264, *QUICK_AUDIO, seconds=6, tone=300 + 150 * k)
        for k, name in enumerate(CLASSES)
    }
    with MediaServer(made) as running:
        yield running


@pytest.fixture
def manifest(curated: Path, recordings: MediaServer, tmp_path: Path) -> Path:
    """Three real clips of each of four classes, cut from recordings on loopback in YouTube's place."""
    chosen = read_manifest(curated)
    clips = []
    for name in CLASSES:
        for k, clip in enumerate([c for c in chosen.clips if c.class_name == name][:3]):
            url = recordings.url(f"{name}.mp4") + f"?{clip.clip_id}"
            clips.append(replace(clip, url=url, start_seconds=0.5 * k, end_seconds=0.5 * k + 2))
    path = tmp_path / "manifest.parquet"
    write_manifest(path, Manifest(clips, chosen.notes))
    return path


def test_lists_become_a_manifest_clips_a_dataset_and_rows(manifest, recordings, command, tmp_path):
    clips, out = tmp_path / "clips", tmp_path / "mma-bench"
    recordings.faults["Clock.mp4"] = missing()
    recordings.faults["Bird.mp4"] = too_many(1, "1")
    command("fetch", manifest, "--out", clips, "--pause", "0", "--backoff", "0.1")
    said = command("build", "--source", manifest, "--clips", clips, "--out", out, "--workers", "2").stdout

    record = json.loads((out / "build.json").read_text())
    steps = {step["name"]: step["clips"]["eval"] for step in record["funnel"]["steps"]}
    assert list(steps) == ["listed", "one_root", "no_removed_class", "single_class", "fetched", "built"]
    assert (steps["listed"], steps["fetched"], steps["built"]) == (20371, 9, 9)
    assert record["attrition"] == {"unavailable": 3}
    assert re.search(r"downloaded\s+9\s+3,518 \(-3,509\)", said)

    with (out / "attrition.csv").open(newline="") as file:
        lost = [row for row in csv.DictReader(file) if row["status"] == "dropped"]
    assert {(row["class"], row["reason"]) for row in lost} == {("Clock", "unavailable")}
    assert all("404" in row["detail"] for row in lost)

    card = (out / "README.md").read_text()
    assert "| in the list | 20,371 | 20,371 (=) |" in card
    assert "| downloaded | 9 | 3,518 (-3,509) |" in card
    assert "| automated checks | not yet | 1,102 (-1,093) |" in card
    assert card.index("| both annotators |") < card.index("| in the dataset | 9 |")
    assert "CC BY 4.0" in card

    rows = rows_of(out, "misaligned")
    assert len(rows) == 9
    for row in rows:
        assert re.fullmatch(r"[\w-]{11}", row["youtube_id"])
        assert row["visual_class"] != row["audio_class"]
        assert row["end_seconds"] - row["start_seconds"] == 2
        own, donor = (clips / f"{row[key]}.mp4" for key in ("clip_id", "donor_id"))
        assert row["video"]["bytes"] == swap_sound(own, donor)


def test_the_dataset_loads_and_the_plan_of_it_is_rebuilt_from_the_clips_that_are_left(manifest, command, tmp_path):
    clips = tmp_path / "clips"
    command("fetch", manifest, "--out", clips, "--pause", "0")
    source = ("--source", manifest, "--clips", clips)
    command("build", *source, "--out", tmp_path / "mma-bench")
    load = (
        'from datasets import load_dataset; d = load_dataset("mma-bench", "aligned", split="test"); '
        'print(len(d), d.features["visual_class"].names)'
    )
    done = subprocess.run([sys.executable, "-c", load], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == f"12 {sorted(CLASSES)}", done.stderr

    next(clips.glob("*.mp4")).unlink()
    said = command("build", *source, "--plan", tmp_path / "mma-bench", "--out", tmp_path / "again").stdout
    assert "rows of the plan lost" in said
    kept = {row["id"] for row in rows_of(tmp_path / "again", "aligned", columns=["id"])}
    assert kept < {row["id"] for row in rows_of(tmp_path / "mma-bench", "aligned", columns=["id"])}
    assert len(kept) == 11


def test_what_is_published_without_clips_is_fetched_and_built_to_the_same_rows(
    manifest, recordings, at_hub, hub, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    at_hub("fetch", manifest, "--out", "clips", "--pause", "0")
    at_hub("build", "--source", manifest, "--clips", "clips", "--out", "mma-bench")
    said = at_hub("push", "dataset", "mma-bench", "--to", "org/mma-bench").stdout
    there = hub.repo("dataset", "org/mma-bench").files()
    card = DatasetCard(there["README.md"].decode())
    assert card.data.license == "cc-by-sa-4.0"
    assert "CC BY 4.0" in card.text
    assert "To have one removed" in card.text
    assert {"manifest.parquet", "eval.yaml", "attrition.csv", "build.json"} < set(there)
    assert not any(b"ftyp" in held or b"fLaC" in held for held in there.values())

    commands = [line.strip().split() for line in said.splitlines() if line.startswith("    mma-bench ")]
    assert commands == [line.removeprefix("$ ").split() for line in card.text.splitlines() if "$ mma-bench" in line]
    (tmp_path / "theirs").mkdir()
    monkeypatch.chdir(tmp_path / "theirs")
    for _, *arguments in commands:
        at_hub(*arguments, *(("--pause", "0") if arguments[0] == "fetch" else ()))
    digests = [json.loads((f / "mma-bench/build.json").read_text())["dataset_digest"] for f in (tmp_path, Path())]
    assert digests[0] == digests[1]

    recordings.faults["Clock.mp4"] = missing()
    fetch, build = commands[0][1:-1], commands[1][1:]
    at_hub(*fetch, "fewer", "--pause", "0")
    said = at_hub(*build[:-3], "fewer", "--out", "later").stdout
    rows = [len(rows_of(Path(name), "misaligned")) for name in ("mma-bench", "later")]
    assert rows[0] == 12
    assert rows[1] < 9 + 1
    assert "rows of the plan lost" in said


def listed(source, clips):
    return list_source(str(source), clips=clips, seed=0, limit=None, size=None, seconds=10, splits=("test",))


def test_a_manifest_goes_with_a_folder_of_clips_and_nothing_else_does(manifest, clip_folder, tmp_path):
    with pytest.raises(OptionsError, match=r"--source .*: is a manifest; add --clips with the folder filled by"):
        listed(manifest, None)
    with pytest.raises(
        OptionsError, match=r"--clips .*: only for a manifest such as .*, but --source is .*; omit --clips"
    ):
        listed(clip_folder, tmp_path)


def test_a_folder_without_the_clips_is_an_error_that_says_what_they_are_called(manifest, tmp_path):
    with pytest.raises(
        SourceError, match="no such folder; check the path, or download the clips with `mma-bench fetch"
    ):
        listed(manifest, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"none of the 12 clips of .*, such as .*\.mp4; fill it with"):
        listed(manifest, tmp_path / "empty")


def test_clips_may_lie_there_without_having_been_fetched(manifest, make_clip, tmp_path):
    (tmp_path / "clips").mkdir()
    first = read_manifest(manifest).clips[0]
    (tmp_path / "clips" / first.file).write_bytes(make_clip("own.mp4", seconds=2).read_bytes())
    listing = listed(manifest, tmp_path / "clips")
    assert [clip.clip_id for clip in listing.clips] == [first.clip_id]
    assert {dropped.problem for dropped in listing.dropped} == {"missing_file"}
    assert listing.funnel.steps[-1].clips == {"eval": 1}


def test_a_manifest_from_elsewhere_begins_a_funnel_of_its_own(manifest, make_clip, tmp_path):
    own = Manifest(read_manifest(manifest).clips)
    write_manifest(manifest, own)
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / own.clips[0].file).write_bytes(make_clip("own.mp4", seconds=2).read_bytes())
    funnel = listed(manifest, tmp_path / "clips").funnel
    assert [(step.name, step.clips) for step in funnel.steps] == [("manifest", {"test": 12}), ("fetched", {"test": 1})]
