"""`mma-bench push dataset`: what is published, and what is not."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from huggingface_hub import DatasetCard

from conftest import Command
from loopback_hub import LoopbackHub
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.core.errors import MMABenchError
from mma_bench.hub.dataset import dataset_publication
from mma_bench.hub.publication import Target, require_publishable
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import MANIFEST, Manifest, write_manifest

REPO = ("dataset", "org/mma-bench")
SHARD = "misaligned/test-00000-of-00001.parquet"
Ask = Callable[[str], str]


@pytest.fixture
def ask(hub: LoopbackHub, tmp_path: Path) -> Ask:
    """Run Python as somebody without a token, in an empty folder."""

    def run(code: str) -> str:
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        env = hub.environment(tmp_path / "other home", token=None)
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path / "elsewhere",
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def recordings(clip_folder: Path, tmp_path: Path) -> Path:
    """A dataset of somebody's recordings."""
    out = tmp_path / "mine"
    build(BuildOptions(source=str(clip_folder), out=out, conditions=("aligned", "misaligned"), workers=1))
    return out


def test_it_loads_from_the_hub_whole_and_as_a_stream(built: Path, at_hub: Command, ask: Ask) -> None:
    said = at_hub("push", "dataset", built, "--to", "org/mma-bench").stdout
    assert 'load_dataset("org/mma-bench", "misaligned")' in said
    loaded = ask(
        "from datasets import Audio, Video, load_dataset\n"
        'rows = load_dataset("org/mma-bench", "misaligned", split="test")\n'
        'rows = rows.cast_column("video", Video(decode=False)).cast_column("audio", Audio(decode=False))\n'
        'stream = load_dataset("org/mma-bench", "misaligned", split="test", streaming=True).decode(False)\n'
        'print(len(rows), [r["id"] for r in rows] == [r["id"] for r in stream], rows[0]["video"]["bytes"][4:8])'
    )
    assert loaded.splitlines()[-1] == "24 True b'ftyp'"


def test_what_is_published_is_the_folder_with_a_card_for_its_place(
    built: Path, at_hub: Command, hub: LoopbackHub
) -> None:
    at_hub("push", "dataset", built, "--to", "org/mma-bench")
    there = hub.repo(*REPO).files()
    here = {p.relative_to(built).as_posix(): p.read_bytes() for p in built.rglob("*") if p.is_file()}
    assert {k: v for k, v in there.items() if k not in ("README.md", "eval.yaml")} == {
        k: v for k, v in here.items() if k != "README.md"
    }
    card = DatasetCard(there["README.md"].decode())
    assert (card.data.license, card.data.pretty_name) == ("apache-2.0", "MMA-Bench")
    assert 'load_dataset("org/mma-bench", "aligned", split="test")' in card.text
    assert "mma-bench eval --model MODEL --data org/mma-bench" in card.text
    assert len(hub.repo(*REPO).commits()) == 2  # the Hub's own, and one


def test_eval_yaml_names_a_task_for_each_condition_and_question(built: Path, at_hub: Command, hub: LoopbackHub) -> None:
    at_hub("push", "dataset", built, "--to", "org/mma-bench")
    benchmark = yaml.safe_load(hub.repo(*REPO).files()["eval.yaml"])
    tasks = {task["id"]: (task["config"], task["split"]) for task in benchmark["tasks"]}
    assert tasks["misaligned_audio"] == ("misaligned", "test")
    assert len(tasks) == 12


def test_pushing_again_changes_nothing_and_another_build_takes_its_place_whole(
    built: Path, smaller: Path, at_hub: Command, hub: LoopbackHub
) -> None:
    at_hub("push", "dataset", built, "--to", "org/mma-bench")
    assert "there already, unchanged" in at_hub("push", "dataset", built, "--to", "org/mma-bench").stdout
    at_hub("push", "dataset", smaller, "--to", "org/mma-bench")
    shards = [path for path in hub.repo(*REPO).files() if path.endswith(".parquet")]
    assert shards == ["aligned/test-00000-of-00001.parquet"]
    assert len(hub.repo(*REPO).commits()) == 3


def test_a_dry_run_lists_files_sizes_and_the_card_and_asks_nobody(
    built: Path, at_hub: Command, hub: LoopbackHub
) -> None:
    said = at_hub("push", "dataset", built, "--to", "org/mma-bench", "--dry-run").stdout
    shard = built / "misaligned" / "test-00000-of-00001.parquet"
    assert f"{shard.stat().st_size:,}  misaligned/test-00000-of-00001.parquet" in said
    assert 'load_dataset("org/mma-bench", "aligned", split="test")' in said
    assert "nothing was sent" in said
    assert hub.requests == []


def test_recordings_stay_at_home(recordings: Path, at_hub: Command, hub: LoopbackHub, ask: Ask) -> None:
    said = at_hub("push", "dataset", recordings, "--to", "org/mma-bench").stdout
    assert "The clips are recordings and stay here" in said
    assert "mma-bench build --plan org/mma-bench --source FOLDER_OF_THE_CLIPS" in said
    everything = b"".join(hub.repo(*REPO).files().values())
    assert b"ftyp" not in everything
    assert b"fLaC" not in everything
    columns = ask(
        "from datasets import load_dataset\n"
        'rows = load_dataset("org/mma-bench", "misaligned", split="test")\n'
        'print(sorted(rows.column_names), rows[0]["visual_question"][:30])'
    )
    assert "'donor_id'" in columns
    assert "'video'" not in columns
    assert "Which class best describes the" in columns


def test_from_what_is_published_of_recordings_the_same_rows_are_built(
    recordings: Path, at_hub: Command, clip_folder: Path, tmp_path: Path
) -> None:
    at_hub("push", "dataset", recordings, "--to", "org/mma-bench")
    again = tmp_path / "again"
    at_hub("build", "--plan", "org/mma-bench", "--source", clip_folder, "--out", again, "--conditions", "aligned",
           "--conditions", "misaligned")  # fmt: skip
    digests = [json.loads((f / "build.json").read_text())["dataset_digest"] for f in (recordings, again)]
    assert digests[0] == digests[1]


def test_recordings_go_where_the_rights_are_held(recordings: Path, at_hub: Command, hub: LoopbackHub) -> None:
    at_hub("push", "dataset", recordings, "--to", "org/mma-bench", "--with-media")
    shard = hub.repo(*REPO).files()["aligned/test-00000-of-00001.parquet"]
    assert shard == (recordings / "aligned" / "test-00000-of-00001.parquet").read_bytes()
    card = DatasetCard(hub.repo(*REPO).files()["README.md"].decode())
    assert card.data.license == "other"
    assert "The rights in the clips stay with their owners" in card.text


def test_a_model_cannot_be_asked_what_was_published_without_clips(recordings: Path, at_hub: Command) -> None:
    at_hub("push", "dataset", recordings, "--to", "org/mma-bench")
    said = at_hub("eval", "--model", "random", "--data", "org/mma-bench", "--conditions", "aligned", code=1).stderr
    assert "org/mma-bench: this dataset was published without its clips" in said
    assert "mma-bench build --plan org/mma-bench --source FOLDER_OF_THE_CLIPS" in said


def _add(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def _record(folder: Path, **options: str) -> None:
    path = folder / "build.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "options": {**record["options"], **options}}, indent=1))


def _list(folder: Path, url: str) -> None:
    write_manifest(folder / MANIFEST, Manifest([ManifestClip("a", "Bird", "test", 0.0, 10.0, url=url)]))


def _write_anew(shard: Path) -> None:
    pq.write_table(pq.read_table(shard), shard, compression="gzip")


def _lose_column(shard: Path) -> None:
    pq.write_table(pq.read_table(shard).drop_columns(["seed"]), shard)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda folder: (folder / "thesis.tex").write_text("years of work"),
            "contains thesis.tex, not part of a dataset",
        ),
        (
            lambda folder: (folder / "aligned" / ".env").write_text("A=1"),
            "contains aligned/.env, not part of a dataset",
        ),
        (lambda folder: (folder / "build.json").unlink(), "no build.json, so not a complete dataset"),
        (lambda folder: next((folder / "aligned").glob("test-*")).unlink(), "0 rows in the test split"),
        (lambda folder: _write_anew(folder / SHARD), "the files of misaligned are not those that"),
        (lambda folder: _lose_column(folder / SHARD), "the columns of misaligned/.* are not those"),
        (
            lambda folder: _add(folder / "attrition.csv", f"\nhf_{'a' * 34}"),
            r"csv, line \d+: contains a Hub token \(hf_aaaa",
        ),
        (lambda folder: _add(folder / "attrition.csv", f"\n{Path.home()}/x"), "a path in your home folder"),
        (lambda folder: _record(folder, source="/data/alice/clips"), r"build\.json, line \d+: contains a local path"),
        (lambda folder: _list(folder, "https://alice:secret@example.org/a"), "manifest.*: contains a password"),
        (lambda folder: _list(folder, "https://example.org/a?X-Amz-Signature=0123456789"), "a signed URL"),
    ],
)
def test_a_folder_that_is_not_as_it_was_built_is_refused(
    built: Path, tmp_path: Path, change: Callable[[Path], object], reason: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    change(copy)
    with pytest.raises(MMABenchError, match=reason):
        require_publishable(dataset_publication(copy, Target(id="org/x"), with_media=False, work=tmp_path / "work"))


def test_a_private_repository_is_made_so_and_its_tag_is_what_is_printed(
    built: Path, at_hub: Command, hub: LoopbackHub, tmp_path: Path
) -> None:
    said = at_hub("push", "dataset", built, "--to", "org/mma-bench", "--private", "--tag", "v1").stdout
    repo = hub.repo(*REPO)
    assert repo.private
    assert repo.refs["refs/tags/v1"] == repo.refs["refs/heads/main"]
    assert 'load_dataset("org/mma-bench", "misaligned", revision="v1")' in said
    assert "mma-bench eval --model MODEL --data org/mma-bench@v1" in said
    at_hub(
        "eval", "--model", "random", "--data", "org/mma-bench@v1", "--conditions", "aligned", "--out", tmp_path / "run"
    )


def test_a_tag_is_never_moved_and_nothing_changes_for_trying(
    built: Path, smaller: Path, at_hub: Command, hub: LoopbackHub
) -> None:
    at_hub("push", "dataset", built, "--to", "org/mma-bench", "--tag", "v1")
    before = hub.repo(*REPO).refs
    said = at_hub("push", "dataset", smaller, "--to", "org/mma-bench", "--tag", "v1", code=1).stderr
    assert "tags are never moved" in " ".join(said.split())
    assert hub.repo(*REPO).refs == before


def test_a_branch_and_a_proposal_leave_main_alone(
    built: Path, smaller: Path, at_hub: Command, hub: LoopbackHub
) -> None:
    at_hub("push", "dataset", built, "--to", "org/mma-bench")
    repo = hub.repo(*REPO)
    before = repo.refs["refs/heads/main"]
    small = ("push", "dataset", smaller, "--to", "org/mma-bench")
    at_hub(*small, "--revision", "next")
    assert "build.json" in repo.files("next")
    assert "/discussions/1" in at_hub(*small, "--create-pr").stdout
    assert repo.refs["refs/heads/main"] == before
    assert len(repo.discussions) == 1
    assert repo.files("refs/pr/1") == repo.files("next")
    assert "unchanged" in at_hub(*small, "--revision", "refs/pr/1").stdout


def test_a_repository_that_is_public_does_not_become_private_by_itself(
    built: Path, at_hub: Command, hub: LoopbackHub
) -> None:
    at_hub("push", "dataset", built, "--to", "org/mma-bench")
    said = at_hub("push", "dataset", built, "--to", "org/mma-bench", "--private", code=1).stderr
    assert "already exists and is public" in said
