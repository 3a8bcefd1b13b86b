"""The training commands: `mma-bench train`, `mma-bench adapter-card` and `mma-bench push adapter`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from mma_bench.cli.printing import progress_bar
from mma_bench.cli.push import DryRun, push
from mma_bench.hub.publication import Target


def train_command(
    config: Annotated[str, typer.Argument(help="qwen2_5_omni_7b, qwen3_omni_30b, tiny_omni, or your own YAML file.")],
    out: Annotated[
        Path | None, typer.Option(help="The adapter's folder; by default adapters/CONFIG. Checkpoints go beside it.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="A built folder, or a dataset on the Hub (data.name).")] = None,
    base: Annotated[str | None, typer.Option("--model", help="The model to tune (base.name).")] = None,
    unseen_classes: Annotated[
        list[str] | None, typer.Option(help="Repeatable: a class to leave out, or a number (data.unseen_classes).")
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Repeatable, such as lora.rank=16.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="The folder for the encoders' features; by default beside the checkpoints.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a training with other settings.")] = False,
) -> None:
    """Tune a model to answer from the modality that it is asked about: a LoRA adapter, ready for the Hub.

    After an interruption, the same command continues. Several GPUs: `accelerate launch -m mma_bench train CONFIG`.
    """
    from mma_training.adapter.card import eval_flags
    from mma_training.adapter.record import TRAINING
    from mma_training.config import load_config
    from mma_training.train.checkpoints import explained_interruption, work_folder
    from mma_training.train.train import train
    from mma_training.train.trainer import this_process

    given = [
        *([f"data.name={json.dumps(data)}"] if data else []),
        *([f"base.name={json.dumps(base)}"] if base else []),
        *([f"data.unseen_classes={_classes(unseen_classes)}"] if unseen_classes else []),
        *(overrides or []),
    ]
    out = out or Path("adapters") / Path(config).stem
    finished_before = (out / TRAINING).exists() and not overwrite
    with explained_interruption(work_folder(out)), progress_bar("") as show:
        record = train(load_config(config, given), out, overwrite=overwrite, cache=cache, progress=show)
    if not this_process().is_main_process:
        return
    if finished_before:
        typer.echo(f"{out} was finished before; nothing was trained. --overwrite begins anew")
    result = record.result
    typer.echo(f"{out}: {result.parameters:,} parameters, best of {result.steps} steps: {result.best_step}")
    typer.echo(
        "validation: " + ", ".join(f"{k} {100 * v:.1f} %" for k, v in result.validation.as_json().items() if v <= 1)
    )
    typer.echo(f"mma-bench eval --model {record.base.name} --adapter {out}{eval_flags(record)}")


def adapter_card_command(
    adapter: Annotated[Path, typer.Argument(help="The folder that `mma-bench train` wrote.")],
    base: Annotated[Path, typer.Option(help="The run folder of the base alone.")],
    tuned: Annotated[Path, typer.Option(help="The run folder of the base with the adapter.")],
    dataset_id: Annotated[
        str | None, typer.Option(help="The dataset's id on the Hub: also write the results where the Hub reads them.")
    ] = None,
) -> None:
    """Put two runs' scores into an adapter's card, with the differences and their significance."""
    from mma_training.adapter.scores import keep_scores

    for path in keep_scores(adapter, base, tuned, dataset_id=dataset_id):
        typer.echo(path)


def push_adapter_command(
    target: Target,
    folder: Annotated[str, typer.Argument(help="A folder that `mma-bench train` wrote, or tiny-omni-mma.")],
    dry_run: DryRun = False,
) -> None:
    """Publish a tuned adapter, with its card and how it was made.

    `mma-bench adapter-card` puts its scores into the card first. After an interruption, the same command continues.
    """
    from mma_training.adapter.folder import adapter_publication

    push(adapter_publication(folder, target), target, dry_run=dry_run)


def _classes(given: list[str]) -> str:
    try:
        return str(int(given[0])) if len(given) == 1 else json.dumps(given)
    except ValueError:  # the name of a class
        return json.dumps(given)
