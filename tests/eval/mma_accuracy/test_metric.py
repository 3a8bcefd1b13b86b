"""`evaluate.load` finds the metric, also where the project is not installed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mma_accuracy

FOLDER = Path(mma_accuracy.__file__).parent
ALONE = """
import sys
from pathlib import Path
ours = ("mma_bench", "mma_cards", "mma_eval", "mma_training", "mma_space")
sys.path = [p for p in sys.path if not any((Path(p) / name).is_dir() for name in ours)]
"""
ASK = """
import evaluate, importlib.util, json
assert importlib.util.find_spec("mma_bench") is None
metric = evaluate.load({where!r})
found = metric.compute(predictions={predictions!r}, references=["Bird", "Bird"], classes=["Bird", "Clock"],
    other_references=["Clock", "Clock"])
metric.add_batch(predictions=["Clock", "a bird"], references=["Bird", "Bird"])
print(json.dumps([found, metric.compute(classes=["Bird", "Clock"])["accuracy"]]))
"""


def ask(where: str, folder: Path, home: Path, predictions: tuple[str | None, ...] = ("Clock", "a bird")) -> list:
    code = ALONE + ASK.format(where=where, predictions=list(predictions))
    env = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the metric's folder alone, as a download from the Hub has it."""
    return Path(
        shutil.copytree(FOLDER, tmp_path / "anywhere" / "mma_accuracy", ignore=shutil.ignore_patterns("__pycache__"))
    )


def test_by_name_where_the_folder_is(copy: Path, tmp_path: Path) -> None:
    found, collected = ask("mma_accuracy", copy.parent, tmp_path / "home")
    assert found["accuracy"] == collected == 0.5
    assert found["outcomes"]["other_modality"] == 0.5
    assert found["cells"][0]["n"] == 2


def test_by_path(copy: Path, tmp_path: Path) -> None:
    assert ask(str(copy), tmp_path, tmp_path / "home")[0]["accuracy"] == 0.5


def test_a_missing_answer_is_an_error_also_as_the_first(copy: Path, tmp_path: Path) -> None:
    found, _ = ask("mma_accuracy", copy.parent, tmp_path / "home", (None, ""))
    assert found["outcomes"]["error"] == 1.0


def test_an_edited_module_is_not_served_from_a_cache(copy: Path, tmp_path: Path) -> None:
    ask("mma_accuracy", copy.parent, tmp_path / "home")
    outcomes = copy / "outcomes.py"
    before = outcomes.read_text()
    outcomes.write_text(before.replace('other: "other_modality"', 'other: "caption"'))
    assert outcomes.read_text() != before
    found, _ = ask("mma_accuracy", copy.parent, tmp_path / "home")
    assert found["outcomes"]["caption"] == 0.5


def test_it_imports_nothing_of_the_project() -> None:
    sources = [p.read_text(encoding="utf-8") for p in FOLDER.glob("*.py")]
    assert not any(name in source for source in sources for name in ("mma_bench", "mma_eval", "mma_cards"))


def test_the_example_on_its_card_is_true() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    example = card.split("```python\n")[1].split("```")[0].replace("import evaluate\n", "")
    example = example.replace(
        'evaluate.load("mma_accuracy")          # this folder; on the Hub "org/mma_accuracy"', "plain"
    )

    class Plain:
        from mma_accuracy.scoring import score

        compute = staticmethod(score)

    scope: dict = {"plain": Plain}
    exec(example, scope)
    scores = scope["scores"]
    rates = (scores["accuracy"], scores["outcomes"]["other_modality"], scores["outcomes"]["abstained"])
    assert rates == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_its_card_has_the_header_of_a_space() -> None:
    from huggingface_hub import RepoCard

    header = RepoCard.load(FOLDER / "README.md").data.to_dict()
    assert (header["sdk"], header["app_file"]) == ("gradio", "app.py")
    assert {"evaluate", "metric"} <= set(header["tags"])
