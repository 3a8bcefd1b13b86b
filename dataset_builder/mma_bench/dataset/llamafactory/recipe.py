"""What LLaMA-Factory is told: the names of the files, and the recipe."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from mma_bench.benchmark.conditions import Split
from mma_bench.core.files import write_text

RECIPE = "train_qwen2_5_omni.yaml"
"""What `llamafactory-cli train` is given."""


def dataset_name(split: str) -> str:
    """What a split is called in `dataset_info.json`."""
    return f"mma_bench_{split}"


def dataset_info(splits: Iterable[Split]) -> dict[str, Any]:
    """What LLaMA-Factory must know of the files of some splits."""
    return {
        dataset_name(split): {
            "file_name": f"{split}.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "messages", "videos": "videos", "audios": "audios"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
            },
        }
        for split in splits
    }


def write_recipe(out: Path, *, validation: bool) -> None:
    """Write what `llamafactory-cli train` is given, unless there is one.

    Args:
        out: the folder.
        validation: whether there is a split to validate with.
    """
    if (out / RECIPE).exists():
        return  # learning rates and paths get changed there; an export that goes on must not undo that
    source = files("mma_bench").joinpath("data", f"{RECIPE}.jinja").read_text(encoding="utf-8")
    form = Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True, autoescape=False)
    write_text(out / RECIPE, form.from_string(source).render(validation=validation))
