"""`evaluate.load` finds the metric, also where the project is not installed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

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
import evaluate, importlib.util, json, os
assert importlib.util.find_spec("mma_bench") is None
question = {"references": ["Bird", "Bird"], "classes": ["Bird", "Clock"], "other_references": ["Clock", "Clock"]}
metric = evaluate.load("mma_accuracy")
found = {
    "name": metric.compute(predictions=["Clock", "a bird"], **question),
    "missing": metric.compute(predictions=[None, ""], **question),
    "path": evaluate.load(os.path.abspath("mma_accuracy")).compute(predictions=["Clock", "a bird"], **question),
}
metric.add_batch(predictions=["Clock", "a bird"], references=["Bird", "Bird"])
found["collected"] = metric.compute(classes=["Bird", "Clock"])
print(json.dumps(found))
"""


def ask(folder: Path, home: Path) -> dict[str, Any]:
    """Load the metric by name and by path in a process that knows nothing of the project; return its scores."""
    env = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", ALONE + ASK], cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_evaluate_loads_it_and_an_edited_module_is_not_served_from_a_cache(tmp_path: Path) -> None:
    # The folder alone, as a download from the Hub has it. One test, because `import evaluate` takes seven seconds.
    copy = tmp_path / "anywhere" / "mma_accuracy"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    found = ask(copy.parent, tmp_path / "home")
    assert found["name"] == found["path"]
    assert found["name"]["accuracy"] == found["collected"]["accuracy"] == 0.5
    assert found["name"]["outcomes"]["other_modality"] == 0.5
    assert found["name"]["cells"][0]["n"] == 2
    assert found["missing"]["outcomes"]["error"] == 0.5  # also as the first answer
    assert found["missing"]["off_list_reasons"]["empty"] == 1

    outcomes = copy / "outcomes.py"
    before = outcomes.read_text()
    outcomes.write_text(before.replace('other: "other_modality"', 'other: "caption"'))
    assert outcomes.read_text() != before
    assert ask(copy.parent, tmp_path / "home")["name"]["outcomes"]["caption"] == 0.5


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
