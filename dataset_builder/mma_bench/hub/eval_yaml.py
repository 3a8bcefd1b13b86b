"""eval.yaml: what makes a dataset on the Hub a benchmark, to which models' results are linked.

See https://huggingface.co/docs/hub/eval-results. An entry of a model's `.eval_results/` names a task by its id.
"""

from __future__ import annotations

from collections.abc import Sequence

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS

EVAL_YAML = "eval.yaml"


def task_id(condition: str, prompt: str) -> str:
    """The name of a task: a condition, asked about one modality.

    >>> task_id("misaligned", "audio")
    'misaligned_audio'
    """
    return f"{condition}_{prompt}"


def eval_yaml(conditions: Sequence[str]) -> str:
    """The file, with two tasks for each condition of a test split.

    `evaluation_framework` names one of a list that the Hub keeps, and ours is not on it; benchmarks with a framework of
    their own leave it out, as the Hub's staff do. What the Hub makes of the file, `push` reports.
    """
    import yaml

    benchmark = {
        "name": "MMA-Bench",
        "description": "Does a multimodal model answer from the modality it is asked about when sight, sound and text "
        "conflict? Accuracy in % of free answers, as mma_accuracy reads them.",
        "tasks": [
            {"id": task_id(condition, prompt), "config": condition, "split": "test"}
            for condition in CONDITIONS
            if condition in conditions
            for prompt in PROMPTS
        ],
    }
    text: str = yaml.safe_dump(benchmark, sort_keys=False, allow_unicode=True, width=100)
    return text
