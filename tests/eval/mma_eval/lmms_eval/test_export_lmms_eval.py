"""`mma-bench export lmms-eval`: the folder that lmms-eval is given."""

from pathlib import Path

import pytest
import yaml

from conftest import Command
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.core.errors import OptionsError
from mma_bench.dataset.export import export_mp4
from mma_bench.dataset.reading import open_built
from mma_bench.dataset.shards import DataFolderError
from mma_eval.lmms_eval.export import GROUP, export_lmms_eval

SHIPPED = Path(__file__).parents[4] / "eval" / "mma_eval" / "lmms_eval" / "tasks"
TASKS = [f"mma_bench_{condition}_{prompt}" for condition in CONDITIONS for prompt in PROMPTS]


@pytest.fixture(scope="module")
def tasks(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    out = tmp_path_factory.mktemp("exported") / "lmms tasks"
    export_lmms_eval(str(built), out)
    return out


def test_there_is_a_task_per_condition_and_prompt_and_a_group_of_all() -> None:
    group = yaml.safe_load((SHIPPED / "mma_bench.yaml").read_text())
    assert group == {"group": "mma_bench", "task": TASKS}
    assert {path.stem for path in SHIPPED.glob("mma_bench_*.yaml")} == set(TASKS)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_task_differs_from_the_others_in_its_condition_and_question_alone(condition: str, prompt: str) -> None:
    name = f"mma_bench_{condition}_{prompt}"
    assert (SHIPPED / f"{name}.yaml").read_text() == (
        "include: _task_yaml\n"
        f"task: {name}\n"
        f"dataset_name: {condition}\n"
        f'dataset_kwargs: {{data_files: {{test: "{condition}/test-*.parquet"}}, verification_mode: no_checks}}\n'
        f"process_docs: !function rows.{prompt}_questions\n"
    )


def test_a_dataset_on_the_hub_is_named_and_not_looked_at(tmp_path: Path) -> None:
    tasks = export_lmms_eval("org/mma-bench", tmp_path / "tasks")
    assert tasks == TASKS
    place = yaml.safe_load((tmp_path / "tasks" / "_data_yaml").read_text())
    assert place == {"dataset_path": "org/mma-bench", "metadata": {"version": 3.0}}


def test_a_folder_is_named_in_full_with_its_digest(built: Path, tasks: Path) -> None:
    place = yaml.safe_load((tasks / "_data_yaml").read_text())
    assert place["dataset_path"] == str(built.resolve())
    assert place["metadata"] == {"version": 3.0, "dataset_digest": open_built(built).digest}


def test_a_dataset_with_some_conditions_has_their_tasks_alone(tmp_path: Path) -> None:
    small = {"limit": 4, "size": 64, "seconds": 0.5, "workers": 1}
    build(BuildOptions(out=tmp_path / "bench", splits=("test",), conditions=("aligned", "audio_removed"), **small))
    tasks = export_lmms_eval(str(tmp_path / "bench"), tmp_path / "tasks")
    assert [name.removeprefix("mma_bench_") for name in tasks] == [
        "aligned_visual",
        "aligned_audio",
        "audio_removed_visual",
        "audio_removed_audio",
    ]
    assert len(list((tmp_path / "tasks").glob("mma_bench_*.yaml"))) == 4


def test_a_dataset_without_test_rows_or_none_at_all_is_refused(tmp_path: Path) -> None:
    small = {"limit": 4, "size": 64, "seconds": 0.5, "workers": 1}
    build(BuildOptions(out=tmp_path / "bench", splits=("train",), conditions=("aligned",), **small))
    with pytest.raises(OptionsError, match="no test rows to ask about; build them with"):
        export_lmms_eval(str(tmp_path / "bench"), tmp_path / "tasks")
    with pytest.raises(DataFolderError, match="no such folder"):
        export_lmms_eval("nowhere", tmp_path / "tasks")
    assert not (tmp_path / "tasks").exists()


def test_another_dataset_is_refused_and_replaced_on_demand(tasks: Path, built: Path, tmp_path: Path) -> None:
    out = tmp_path / "tasks"
    export_lmms_eval("org/mma-bench", out)
    with pytest.raises(OptionsError, match=r"(?s)an export of rows .*org/mma-bench.*Use --overwrite"):
        export_lmms_eval(str(built), out)
    export_lmms_eval(str(built), out, overwrite=True)
    written, expected = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*.*")} for f in (out, tasks))
    assert written == expected
    export_mp4(built, out, conditions=["audio_removed"], splits=["test"], overwrite=True)
    assert {p.suffix for p in out.rglob("[!.]*") if p.is_file()} == {".csv", ".mp4"}


def test_the_command_says_what_to_type_next(built: Path, tmp_path: Path, command: Command) -> None:
    said = command("export", "lmms-eval", "--data", built, "--out", tmp_path / "lmms tasks").stdout
    assert f"12 tasks about {built}" in said
    assert f"lmms-eval --include_path '{tmp_path / 'lmms tasks'}' --tasks {GROUP} --model" in said
