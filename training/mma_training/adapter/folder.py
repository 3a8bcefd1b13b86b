"""Write an adapter's folder, and select the files to publish."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from mma_bench.core.files import write_text, writing
from mma_bench.hub.publication import CARD, HubError, Publication, Target, files_of
from mma_eval.models.checkpoints import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from mma_eval.resolve import shipped_or_given
from mma_eval.run.provenance import machine_in_words
from mma_training.adapter.card import RECIPE, base_name, card_of, eval_flags
from mma_training.adapter.curves import LOG, PICTURE, draw_curves, write_log
from mma_training.adapter.record import (
    SCORES,
    TRAINING,
    TrainingDescription,
    TrainingRecord,
    read_training,
    write_training,
)
from mma_training.config import TrainingConfig
from mma_training.errors import TrainingError

HUB_RESULTS = ".eval_results/mma-bench.yaml"
"""File from which the Hub reads evaluation results (huggingface_hub.EvalResultEntry)."""
_REQUIRED = (ADAPTER_CONFIG, ADAPTER_WEIGHTS, TRAINING, RECIPE)
_ALLOWED = (*_REQUIRED, CARD, SCORES, HUB_RESULTS, LOG, PICTURE)


def write_adapter(
    out: Path, work: Path, config: TrainingConfig, description: TrainingDescription, state: Any, seconds: float | None
) -> None:
    """Write the best checkpoint's adapter with its card, log, curves and configuration, and training.json last.

    Args:
        out: the adapter's folder.
        work: the folder with the checkpoints.
        config: the configuration to write to config.yaml.
        description: content of training.json without the result.
        state: the TrainerState after the last step.
        seconds: training time; None if unknown.
    """
    import torch
    from safetensors import safe_open

    best = work / f"checkpoint-{state.best_global_step}"
    for name in (ADAPTER_CONFIG, ADAPTER_WEIGHTS):
        with writing(out / name) as partial:
            shutil.copyfile(best / name, partial)
    write_log(out, state.log_history)
    draw_curves(out, state.log_history, state.best_global_step)
    recipe = config.model_dump(mode="json", exclude_unset=True)
    recipe["data"] = {**recipe.get("data", {}), "name": public_name(config.data.name)}
    write_text(out / RECIPE, yaml.safe_dump(recipe, sort_keys=False))
    with safe_open(out / ADAPTER_WEIGHTS, framework="pt") as file:
        parameters = sum(file.get_tensor(name).numel() for name in file.keys())  # noqa: SIM118
    chosen = next(e for e in state.log_history if e["step"] == state.best_global_step and "eval_accuracy" in e)
    result = {
        "steps": state.max_steps,
        "best_step": state.best_global_step,
        "parameters": parameters,
        "validation": {k.removeprefix("eval_"): v for k, v in chosen.items() if k.startswith("eval_")},
        "seconds": seconds,
        "machine": machine_in_words(torch.get_num_threads()),
    }
    record = TrainingRecord.model_validate({**description.as_json(), "result": result})
    write_text(out / CARD, card_of(out, record))
    write_training(out / TRAINING, record)


def public_name(dataset: str) -> str:
    """Return a dataset's Hub id, or the name of its folder without the path.

    >>> public_name("org/mma-bench"), public_name("/home/me/mma-bench")
    ('org/mma-bench', 'mma-bench')
    """
    return Path(dataset).name if Path(dataset).is_dir() or dataset.count("/") != 1 else dataset


def adapter_publication(name: str, target: Target) -> Publication:
    """Collect the adapter files to publish, with a card that names the target repository.

    Args:
        name: a folder written by `mma-bench train`, or the name of a shipped adapter.
        target: the repository on the Hub.

    Raises:
        TrainingError: the folder was not written by `mma-bench train`, or its training is not finished.
        HubError: the folder contains other files, or the base is a local folder.
    """
    folder = Path(shipped_or_given(name))
    missing = [file for file in _REQUIRED if not (folder / file).is_file()]
    if missing:
        raise TrainingError(
            f"{folder}: no {' and no '.join(missing)}; expected a folder written by a finished `mma-bench train`"
        )
    files = files_of(folder, _ALLOWED, what="an adapter")
    record, base = read_training(folder), base_name(folder)
    for file, named in ((ADAPTER_CONFIG, base), (TRAINING, record.base.name)):
        if Path(named).is_absolute() or Path(named).is_dir():
            raise HubError(
                f"{folder / file}: the base is a local path ({named}), which others cannot load; publish the "
                "base, and train with its Hub id"
            )
    return Publication(
        what="adapter",
        repo_type="model",
        files={**files, CARD: card_of(folder, record, target.id).encode("utf-8", "backslashreplace")},
        allowed=_ALLOWED,
        mark=TRAINING,
        mark_says='"mma-bench"',
        usage=f'PeftModel.from_pretrained(model, "{target.id}"{target.argument})\n'
        f"mma-bench eval --model {base} --adapter {target.id}{eval_flags(record)}",
    )
