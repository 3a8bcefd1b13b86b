"""The answers of two models on the project page score as the paper's gallery judges them."""

import csv
from importlib.resources import files
from pathlib import Path

from mma_accuracy.scoring import score


def test_the_base_model_is_wrong_and_the_tuned_one_right_throughout(real_clips: Path) -> None:
    rows = [r for r in csv.DictReader((real_clips / "clips.csv").open()) if r["base_answer"]]
    taxonomy = (files("mma_bench") / "data" / "taxonomy.csv").read_text(encoding="utf-8").splitlines()
    classes = {r["class"] for r in csv.DictReader(taxonomy) if r["class"]}
    classes |= {r[f"{m}_class"] for r in rows for m in ("visual", "audio")}
    assert len(rows) == 8
    found = {
        model: score(
            [r[f"{model}_answer"] for r in rows],
            [r[f"{r['question']}_class"] for r in rows],
            classes=sorted(classes),
            other_references=[r[f"{'audio' if r['question'] == 'visual' else 'visual'}_class"] for r in rows],
            conditions=[r["condition"] for r in rows],
            prompts=[r["question"] for r in rows],
        )
        for model in ("base", "tuned")
    }
    assert found["tuned"]["accuracy"] == 1.0
    assert found["base"]["accuracy"] == 0.0
    outcomes = {name: round(rate * 8) for name, rate in found["base"]["outcomes"].items() if rate}
    assert outcomes == {"other_modality": 5, "abstained": 1, "other_class": 2}
