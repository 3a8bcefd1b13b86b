"""`mma-bench export llamafactory`: the files, and how LLaMA-Factory itself reads them."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from built_rows import rows_of
from conftest import Command
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.core.errors import OptionsError
from mma_bench.dataset.export import export_mp4
from mma_bench.dataset.llamafactory.export import DATASET_INFO, RECIPE, export_llamafactory
from mma_bench.dataset.shards import DataFolderError
from mma_bench.media.demux import read_recording
from own_environment import site_packages

HERE = Path(__file__).parents[1]
QUESTION = re.compile(r"<video><audio>Which class best describes the (visual|audio) content .* Options: \{(.+)\}\.")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """22 train clips with two swaps each, and two validation clips with one. Not to be changed."""
    out = tmp_path_factory.mktemp("built") / "bench"
    splits = ("train", "validation")
    build(BuildOptions(out=out, limit=24, size=64, seconds=1.0, workers=2, train_swaps=2, splits=splits))
    return out


@pytest.fixture(scope="module")
def exported(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    out = tmp_path_factory.mktemp("exported") / "lf"
    export_llamafactory(data, out)
    return out


def examples_of(out: Path, split: str = "train") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()]


def described(example: dict[str, Any]) -> tuple[str, str, str, str]:
    """Question, answer and the digests that name the media."""
    user, assistant = example["messages"]
    (video,), (audio,) = example["videos"], example["audios"]
    return user["content"], assistant["content"], Path(video).stem, Path(audio).stem


def files(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.mark.parametrize(("split", "swaps"), [("train", 2), ("validation", 1)])
def test_both_questions_of_each_row_become_examples_and_aligned_rows_come_once_per_swap(
    data: Path, exported: Path, split: str, swaps: int
) -> None:
    expected = Counter(
        (
            f"<video><audio>{row[f'{prompt}_question']}",
            row[f"{prompt}_class"],
            row["video_sha256"],
            row["audio_sha256"],
        )
        for condition, times in (("aligned", swaps), ("misaligned", 1))
        for row in rows_of(data, condition, split)
        for prompt in ("visual", "audio")
        for _ in range(times)
    )
    assert Counter(map(described, examples_of(exported, split))) == expected


def test_aligned_and_misaligned_examples_weigh_the_same_in_every_clip(data: Path, exported: Path) -> None:
    own_sound = {row["video_sha256"]: row["audio_sha256"] for row in rows_of(data, "aligned", "train")}
    weight: Counter[tuple[str, bool]] = Counter()
    for _, _, video, audio in map(described, examples_of(exported)):
        weight[video, own_sound[video] == audio] += 1
    assert set(weight.values()) == {4}
    assert len(weight) == 2 * len(own_sound)


def test_where_swaps_were_lost_the_clip_weighs_less_in_both_conditions(data: Path, tmp_path: Path) -> None:
    first, second, *_ = dict.fromkeys(row["clip_id"] for row in rows_of(data, "misaligned", "train"))
    copy = without(
        data, tmp_path / "bench", {f"{first}.misaligned.1", f"{second}.misaligned.0", f"{second}.misaligned.1"}
    )
    report = export_llamafactory(copy, tmp_path / "lf", splits=["train"])
    assert report.examples == {"train": {"aligned": 82, "misaligned": 82}}
    lost = {row["clip_id"]: row["video_sha256"] for row in rows_of(data, "aligned", "train")}[second]
    assert lost not in {video for _, _, video, _ in map(described, examples_of(tmp_path / "lf"))}


def test_an_answer_is_a_class_as_its_question_lists_it(exported: Path) -> None:
    for question, answer, _, _ in map(described, examples_of(exported)):
        found = QUESTION.match(question)
        assert found is not None, question
        assert answer in found[2].split(", ")


def test_every_question_names_one_video_and_one_audio_in_that_order(exported: Path) -> None:
    for example in examples_of(exported) + examples_of(exported, "validation"):
        text = "".join(m["content"] for m in example["messages"])
        assert text.startswith("<video><audio>")
        assert (
            (text.count("<video>"), text.count("<audio>"))
            == (1, 1)
            == tuple(map(len, (example["videos"], example["audios"])))
        )


def test_a_picture_and_a_sound_are_one_file_each_however_many_rows_have_them(data: Path, exported: Path) -> None:
    rows = [r for c in ("aligned", "misaligned") for s in ("train", "validation") for r in rows_of(data, c, s)]
    media = {p for p in files(exported) if "/" in p}
    assert media == {f"videos/{r['video_sha256']}.mp4" for r in rows} | {
        f"audios/{r['audio_sha256']}.flac" for r in rows
    }
    named = [e for s in ("train", "validation") for e in examples_of(exported, s)]
    assert media == {p for e in named for p in e["videos"] + e["audios"]}
    assert len(rows) > len(media)


def test_a_video_holds_the_copied_packets_of_the_picture_and_no_sound(exported: Path) -> None:
    for path in sorted(exported.glob("videos/*.mp4")):
        with read_recording(path, "any") as recording:
            assert recording.audio is None
            assert recording.video is not None
            assert recording.video.sha256 == path.stem


def test_an_audio_has_the_very_bytes_of_the_dataset(data: Path, exported: Path) -> None:
    for row in rows_of(data, "aligned", "train"):
        assert (exported / "audios" / f"{row['audio_sha256']}.flac").read_bytes() == row["audio"]["bytes"]


def test_dataset_info_describes_each_split_as_sharegpt(exported: Path) -> None:
    info = json.loads((exported / DATASET_INFO).read_text())
    assert {name: entry["file_name"] for name, entry in info.items()} == {
        "mma_bench_train": "train.jsonl",
        "mma_bench_validation": "validation.jsonl",
    }
    for entry in info.values():
        assert entry["formatting"] == "sharegpt"
        assert entry["columns"] == {"messages": "messages", "videos": "videos", "audios": "audios"}
        tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
        assert entry["tags"] == tags


def test_the_recipe_is_the_papers(exported: Path) -> None:
    recipe = yaml.safe_load((exported / RECIPE).read_text())
    table_8 = {
        "model_name_or_path": "Qwen/Qwen2.5-Omni-7B",
        "use_audio_in_video": True,
        "video_max_pixels": 13_000,
        "image_max_pixels": 262_144,
        "finetuning_type": "lora",
        "lora_rank": 8,
        "lora_target": "all",
        "stage": "sft",
        "freeze_vision_tower": True,
        "freeze_multi_modal_projector": True,
        "learning_rate": 1e-4,
        "lr_scheduler_type": "cosine",
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": 4,
        "warmup_ratio": 0.1,
        "num_train_epochs": 5,
        "fp16": True,
    }
    assert {key: recipe.get(key) for key in table_8} == table_8
    assert (recipe["dataset"], recipe["eval_dataset"]) == ("mma_bench_train", "mma_bench_validation")


def test_without_validation_nothing_speaks_of_it(data: Path, tmp_path: Path) -> None:
    report = export_llamafactory(data, tmp_path / "lf", splits=["train"])
    assert list(report.examples) == ["train"]
    assert list(json.loads((tmp_path / "lf" / DATASET_INFO).read_text())) == ["mma_bench_train"]
    assert not (tmp_path / "lf" / "validation.jsonl").exists()
    assert not {"eval_dataset", "eval_strategy"} & yaml.safe_load((tmp_path / "lf" / RECIPE).read_text()).keys()


def test_a_second_run_keeps_every_media_file(exported: Path, data: Path, tmp_path: Path) -> None:
    out = shutil.copytree(exported, tmp_path / "lf")
    times = {p: p.stat().st_mtime_ns for p in out.glob("*s/*")}
    report = export_llamafactory(data, out)
    assert (report.written, report.kept) == (0, len(times))
    assert {p: p.stat().st_mtime_ns for p in out.glob("*s/*")} == times


def test_a_file_that_was_changed_cut_or_lost_is_written_again(exported: Path, data: Path, tmp_path: Path) -> None:
    out = shutil.copytree(exported, tmp_path / "lf")
    first, second, *_ = sorted(out.glob("videos/*.mp4"))
    third, *_ = sorted(out.glob("audios/*.flac"))
    first.write_bytes(bytes(first.stat().st_size))
    second.write_bytes(second.read_bytes()[:100])
    third.unlink()
    (out / "train.jsonl").write_text("{}")
    assert export_llamafactory(data, out).written == 3
    assert files(out) == files(exported)


def test_a_recipe_that_was_changed_stays(exported: Path, data: Path, tmp_path: Path) -> None:
    out = shutil.copytree(exported, tmp_path / "lf")
    (out / RECIPE).write_text("learning_rate: 2.0e-5\n")
    export_llamafactory(data, out)
    assert (out / RECIPE).read_text() == "learning_rate: 2.0e-5\n"


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from mma_bench.dataset.llamafactory.export import export_llamafactory

def kill(done, total):
    if done == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

export_llamafactory(Path(sys.argv[1]), Path(sys.argv[2]), progress=kill)
"""


@pytest.mark.parametrize("row", [0, 5, 30, 66, 70])  # in each condition, at a split's last row, in the second split
def test_an_export_that_was_killed_goes_on_and_looks_like_one_that_was_not(
    data: Path, exported: Path, tmp_path: Path, row: int
) -> None:
    out = tmp_path / "lf"
    killed = subprocess.run([sys.executable, "-c", KILLED_AT, data, out, str(row)], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (out / DATASET_INFO).exists()
    there = len(list(out.glob("*s/*")))
    report = export_llamafactory(data, out)
    assert report.kept == there
    assert files(out) == files(exported)


def test_dataset_info_is_written_last(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("mma_bench.dataset.llamafactory.export.write_recipe", refuse)
        with pytest.raises(KeyboardInterrupt):
            export_llamafactory(data, tmp_path / "lf")
    assert (tmp_path / "lf" / "train.jsonl").exists()
    assert not (tmp_path / "lf" / DATASET_INFO).exists()


def test_a_folder_of_somebody_else_is_refused_and_left_alone(data: Path, tmp_path: Path) -> None:
    (tmp_path / "dataset_info.json").write_text("{}")
    with pytest.raises(OptionsError, match="was not made by `mma-bench export`"):
        export_llamafactory(data, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["dataset_info.json"]


def test_an_export_in_another_format_is_refused_and_replaced_on_demand(
    data: Path, exported: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export_mp4(data, out)
    with pytest.raises(OptionsError, match=r'(?s)an export of rows .*format: "llamafactory" here, "mp4" there'):
        export_llamafactory(data, out)
    export_llamafactory(data, out, overwrite=True)
    assert files(out) == files(exported)
    export_mp4(data, out, overwrite=True)
    assert {p.suffix for p in out.rglob("[!.]*") if p.is_file()} == {".csv", ".mp4"}
    assert not list(out.glob("videos/*"))


def test_the_split_that_measures_is_no_split_to_tune_on(data: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="--splits test: expected train or validation"):
        export_llamafactory(data, tmp_path / "lf", splits=["train", "test"])
    with pytest.raises(OptionsError, match="--splits validation: leaves nothing to train on"):
        export_llamafactory(data, tmp_path / "lf", splits=["validation"])
    assert not (tmp_path / "lf").exists()


def test_a_dataset_without_train_rows_is_refused_with_what_it_has_and_how_to_get_them(
    make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    for name in ("Bird", "Cat"):
        (tmp_path / "source" / name).mkdir(parents=True)
        shutil.copy(make_clip(f"lf/{name}.mp4", seconds=1), tmp_path / "source" / name / "clip.mp4")
    build(BuildOptions(source=str(tmp_path / "source"), out=tmp_path / "bench", conditions=("aligned",), workers=1))
    with pytest.raises(OptionsError, match=r"no aligned or misaligned rows in the train split, .*; found .*aligned"):
        export_llamafactory(tmp_path / "bench", tmp_path / "lf")
    assert not (tmp_path / "lf").exists()


def test_a_dataset_without_swaps_is_refused(tmp_path: Path) -> None:
    options = BuildOptions(
        out=tmp_path / "bench", limit=4, size=64, seconds=0.5, workers=1, splits=("train",), conditions=("aligned",)
    )
    build(options)
    with pytest.raises(OptionsError, match="no misaligned rows in the train split"):
        export_llamafactory(tmp_path / "bench", tmp_path / "lf")


def test_a_digest_that_is_none_becomes_no_path(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "bench")
    changed(copy, "aligned", "video_sha256", lambda digest: f"../{digest}")
    with pytest.raises(DataFolderError, match=r"video_sha256 '\.\./.*', expected 64 hexadecimal digits"):
        export_llamafactory(copy, tmp_path / "lf")
    assert not list((tmp_path / "lf").rglob("*.mp4"))


def test_a_question_that_llama_factory_would_put_a_file_into_is_refused(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "bench")
    changed(copy, "aligned", "audio_question", lambda question: question.replace("{", "{<audio>, "))
    with pytest.raises(DataFolderError, match="has <audio> in its audio question or answer"):
        export_llamafactory(copy, tmp_path / "lf")


def test_the_command_counts_and_says_how_to_go_on(data: Path, tmp_path: Path, command: Command) -> None:
    said = command("export", "llamafactory", "--data", data, "--out", tmp_path / "lf", "--splits", "train").stdout
    assert "train: 176 examples (88 aligned, 88 misaligned)" in said
    assert f"cd {tmp_path / 'lf'} && llamafactory-cli train {RECIPE}" in said


@pytest.fixture(scope="module")
def llamafactory(llamafactory_python: Path) -> Path:
    """The python of an environment with LLaMA-Factory."""
    python = llamafactory_python
    # Compiled for one CUDA version, and refusing any other; reading and resampling need none of it.
    for compiled in site_packages(python).glob("torchaudio/lib/*.so"):
        compiled.unlink()
    return python


@pytest.fixture(scope="module")
def loaded(exported: Path, llamafactory: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Load an export with LLaMA-Factory's own argument parser, loader and trainer."""
    folder = tmp_path_factory.mktemp("loaded")
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE.parent),
        "HF_HOME": str(folder / "cache"),
        "CUDA_VISIBLE_DEVICES": "",  # one process, however many GPUs there are
    }
    load = [llamafactory, HERE.parent / "llamafactory_loading.py", RECIPE, folder / "model", folder / "loaded.json"]
    done = subprocess.run(load, cwd=exported, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-5000:]
    result: dict[str, Any] = json.loads((folder / "loaded.json").read_text())
    return result


def test_llama_factory_reads_the_recipe_as_it_is_meant(loaded: dict[str, Any]) -> None:
    assert loaded["arguments"] == {
        "stage": "sft",
        "finetuning_type": "lora",
        "lora_rank": 8,
        "lora_target": ["all"],
        "freeze_vision_tower": True,
        "freeze_multi_modal_projector": True,
        "template": "qwen2_omni",
        "use_audio_in_video": True,
        "video_max_pixels": 13_000,
        "image_max_pixels": 262_144,
        "learning_rate": 1e-4,
        "lr_scheduler_type": "cosine",
        "warmup": 0.1,
        "num_train_epochs": 5.0,
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": 4,
        "fp16": True,
        "do_train": True,
        "eval_strategy": "epoch",
    }


@pytest.mark.parametrize("split", ["train", "validation"])
def test_llama_factory_loads_every_example_with_its_files_question_and_answer(
    exported: Path, loaded: dict[str, Any], split: str
) -> None:
    expected = [
        (question.removeprefix("<video><audio>"), answer, video, audio)
        for question, answer, video, audio in map(described, examples_of(exported, split))
    ]
    media = [[Path(path).stem for path in e["videos"] + e["audios"]] for e in loaded[split]]
    read = [(e["question"], e["answer"], *stems) for e, stems in zip(loaded[split], media, strict=True)]
    assert read == expected


def test_llama_factory_gives_the_picture_and_the_sound_tokens_and_learns_the_answer_alone(
    loaded: dict[str, Any],
) -> None:
    for example in loaded["train"]:
        assert example["video_tokens"] > 0
        # A second of sound: 100 frames of its spectrogram, halved twice.
        assert example["audio_tokens"] == 25
        assert example["learnt"] == f"{example['answer']}<|im_end|>"


def test_llama_factory_makes_batches_that_hold_pixels_and_sound(loaded: dict[str, Any]) -> None:
    assert loaded["batch"]["input_ids"][0] == 4
    assert loaded["batch"]["video_grid_thw"] == [4, 3]
    assert loaded["batch"]["input_features"][0] == 4
    assert loaded["batch"]["pixel_values_videos"][0] > 0


def test_llama_factory_trains_an_adapter_of_all_linear_layers_of_the_language_model(loaded: dict[str, Any]) -> None:
    projections = [f"self_attn.{p}_proj" for p in "qkvo"] + [f"mlp.{p}_proj" for p in ("gate", "up", "down")]
    assert loaded["adapter"]["r"] == 8
    assert sorted(loaded["adapter"]["target_modules"]) == sorted(
        f"model.layers.{layer}.{projection}" for layer in (0, 1) for projection in projections
    )
    assert loaded["train_loss"] > 0


def changed(data: Path, condition: str, column: str, change: Callable[[str], str]) -> None:
    """Change a column of the train rows in place, as a hostile download may have it."""
    (path,) = (data / condition).glob("train-*.parquet")
    table = pq.read_table(path)
    values = pa.array([change(value) for value in table[column].to_pylist()])
    pq.write_table(table.set_column(table.schema.get_field_index(column), column, values), path)


def without(data: Path, copy: Path, ids: set[str]) -> Path:
    """The dataset without some misaligned train rows, as a plan rebuilt from fewer clips gives it."""
    shutil.copytree(data, copy)
    (path,) = (copy / "misaligned").glob("train-*.parquet")
    table = pq.read_table(path)
    left = table.filter(pc.invert(pc.is_in(table["id"], pa.array(sorted(ids)))))
    assert left.num_rows == table.num_rows - len(ids)
    pq.write_table(left, path)
    record = json.loads((copy / "build.json").read_text())
    record["rows"]["misaligned"]["train"] = left.num_rows
    record["dataset_digest"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (copy / "build.json").write_text(json.dumps(record))
    return copy
