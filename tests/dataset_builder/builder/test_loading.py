"""`load_dataset` on the folder: by name, as a stream, with and without torchcodec, never from a stale cache."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from datasets import Audio, Video, get_dataset_config_names, load_dataset
from huggingface_hub import DatasetCard

from built_rows import LOAD_AND_PRINT, TINY, rows_of
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.schema import features
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.media.frames import sample_frames
from mma_bench.media.sound import decode_flac


@pytest.fixture
def cache(tmp_path) -> str:
    return str(tmp_path / "cache")


def undecoded(dataset):
    return dataset.cast_column("video", Video(decode=False)).cast_column("audio", Audio(decode=False))


def test_every_condition_is_a_config_and_aligned_the_default(built, cache):
    assert set(get_dataset_config_names(str(built))) == set(CONDITIONS)
    default = load_dataset(str(built), split="test", cache_dir=cache)
    assert set(default["condition"]) == {"aligned"}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_loads_with_its_features_and_splits(condition, built, cache):
    loaded = load_dataset(str(built), condition, cache_dir=cache)
    classes = json.loads((built / "build.json").read_text())["classes"]
    assert set(loaded) == set(CONDITIONS[condition].splits)
    assert loaded["test"].features == features(classes)
    assert loaded["test"]["id"] == [r["id"] for r in rows_of(built, condition, columns=["id"])]


def test_it_loads_by_its_bare_name_from_the_folder_that_holds_it(built, tmp_path):
    # As a user types it.
    env = {**os.environ, "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD_AND_PRINT], cwd=built.parent, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "ClassLabel" in done.stdout
    assert rows_of(built, "misaligned", columns=["id"])[0]["id"] in done.stdout


def test_without_decoding_the_media_are_the_bytes_that_were_built(built, cache):
    row = undecoded(load_dataset(str(built), "misaligned", split="test", cache_dir=cache))[0]
    expected = rows_of(built, "misaligned")[0]
    assert row["video"] == expected["video"]
    assert row["audio"] == expected["audio"]


def test_a_stream_gives_the_same_rows(built):
    stream = load_dataset(str(built), "long_context", split="test", streaming=True).decode(False)
    assert [r["audio_question"] for r in stream] == [r["audio_question"] for r in rows_of(built, "long_context")]


def test_torchcodec_decodes_what_we_decode(built, cache):
    pytest.importorskip("torchcodec", exc_type=ImportError)
    row = load_dataset(str(built), "misaligned", split="test", cache_dir=cache)[0]
    raw = rows_of(built, "misaligned")[0]
    ours = sample_frames(raw["video"]["bytes"], fps=1)[0]
    theirs = row["video"].get_frame_played_at(0.0).data.permute(1, 2, 0).numpy()
    assert np.abs(ours.astype(int) - theirs).mean() < 2  # two implementations of YUV to RGB
    sound = row["audio"].get_all_samples()
    assert sound.sample_rate == 16_000
    assert np.allclose(sound.data.numpy()[0], decode_flac(raw["audio"]["bytes"]), atol=1e-4)


def test_torchcodec_is_not_needed_to_build_or_to_read(clip_folder, tmp_path):
    code = f"""
import sys
for name in ("torchcodec", "gradio"):
    sys.modules[name] = None  # as if not installed
if __name__ == "__main__":
    from pathlib import Path
    from mma_bench.builder.build import build
    from mma_bench.builder.options import BuildOptions
    build(BuildOptions(source={str(clip_folder)!r}, out=Path("mma-bench"), workers=1))
    from datasets import Audio, Video, load_dataset
    rows = load_dataset("mma-bench", "misaligned", split="test")
    rows = rows.cast_column("video", Video(decode=False)).cast_column("audio", Audio(decode=False))
    print(len(rows), rows[0]["audio"]["bytes"][:4])
"""
    script = tmp_path / "without.py"
    script.write_text(code)
    env = {**os.environ, "HF_HOME": str(tmp_path / "hf")}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["6", "b'fLaC'"]


def test_a_rebuild_with_other_content_is_not_served_from_the_cache_of_the_old_one(tmp_path, cache):
    out, ids, pictures = tmp_path / "mma-bench", [], []
    for seed in (0, 1):
        # The same number of rows of the same shape: nothing but the content differs.
        build(BuildOptions(out=out, seed=seed, splits=("test",), overwrite=True, **{**TINY, "limit": 12}))
        rows = undecoded(load_dataset(str(out), "aligned", split="test", cache_dir=cache))
        ids.append(rows["clip_id"])
        pictures.append(rows[0]["video"]["bytes"])
    assert ids[0] != ids[1]
    assert pictures[0] != pictures[1]


def test_the_card_is_valid_and_tells_what_is_in_the_folder(built):
    card = DatasetCard.load(built / "README.md")
    data = card.data.to_dict()
    assert data["license"] == "apache-2.0"
    assert {c["config_name"] for c in data["configs"]} == set(CONDITIONS)
    assert [c["config_name"] for c in data["configs"] if c.get("default")] == ["aligned"]
    for config in data["configs"]:
        assert config["version"].split(".")[:2] == ["1", "0"]
        assert config["version"].split(".")[2].isdigit()
        for files in config["data_files"]:
            assert list(built.glob(files["path"]))
    for info in data["dataset_info"]:
        for split in info["splits"]:
            assert split["num_examples"] == len(rows_of(built, info["config_name"], split["name"], ["id"]))
    for condition in CONDITIONS:
        assert f"| `{condition}` |" in card.text
    assert "{{" not in card.text


def test_the_cards_snippets_run(built, tmp_path):
    pytest.importorskip("torchcodec", exc_type=ImportError)
    snippet = DatasetCard.load(built / "README.md").text.split("```python\n")[1].split("```")[0]
    env = {**os.environ, "HF_HOME": str(tmp_path)}
    # A process that ends while a half-read stream is still fetching is sometimes aborted by pyarrow: not the snippet's.
    lines = f"{snippet}\nimport os\nprint('done', flush=True)\nos._exit(0)"
    done = subprocess.run([sys.executable, "-c", lines], cwd=built.parent, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_a_copy_of_the_folder_loads_too(built, tmp_path, cache):
    moved = tmp_path / "elsewhere" / "dataset"
    shutil.copytree(built, moved)
    assert len(load_dataset(str(moved), "frames_zeroed", split="test", cache_dir=cache)) == 24
    assert Path(moved / "build.json").exists()
