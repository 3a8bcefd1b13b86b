"""`mma-bench train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mma_bench.cli.progress import progress_bar


def train_command(
    config: Annotated[
        str, typer.Argument(help="qwen2_5_omni_7b, qwen3_omni_30b, tiny_omni, or a YAML file of one's own.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="The adapter's folder; by default adapters/CONFIG. Checkpoints beside it.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="A built folder, or a dataset on the Hub: data.name.")] = None,
    base: Annotated[str | None, typer.Option("--model", help="The model to tune: base.name.")] = None,
    unseen_classes: Annotated[
        list[str] | None, typer.Option(help="Repeatable: a class to leave out, or how many: data.unseen_classes.")
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Repeatable: lora.rank=16.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Where the encoders' features are kept; by default beside the checkpoints.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin anew where another training is.")] = False,
) -> None:
    """Tune a model to answer from the modality that it is asked about: a LoRA adapter, ready for the Hub.

    Run it again after an interruption: it continues. Several GPUs: `accelerate launch -m mma_bench train CONFIG`.
    """
    import json

    from mma_training.adapter.usage import eval_flags
    from mma_training.config import load_config
    from mma_training.train.checkpoints import work_folder
    from mma_training.train.interruption import interruption_explained
    from mma_training.train.processes import this_process
    from mma_training.train.train import train

    given = [
        *([f"data.name={json.dumps(data)}"] if data else []),
        *([f"base.name={json.dumps(base)}"] if base else []),
        *([f"data.unseen_classes={_classes(unseen_classes)}"] if unseen_classes else []),
        *(overrides or []),
    ]
    out = out or Path("adapters") / Path(config).stem
    with interruption_explained(work_folder(out)), progress_bar("") as show:
        tuned = train(load_config(config, given), out, overwrite=overwrite, cache=cache, progress=show)
    if not this_process().is_main_process:
        return
    if tuned.finished_before:
        typer.echo(f"{tuned.folder} was finished before; nothing was trained. --overwrite begins anew")
    result, base_name = tuned.record["result"], tuned.record["base"]["name"]
    typer.echo(
        f"{tuned.folder}: {result['parameters']:,} parameters, best of {result['steps']} steps: {result['best_step']}"
    )
    typer.echo("validation: " + ", ".join(f"{k} {100 * v:.1f} %" for k, v in result["validation"].items() if v <= 1))
    typer.echo(f"mma-bench eval --model {base_name} --adapter {tuned.folder}{eval_flags(tuned.record)}")


def _classes(given: list[str]) -> str:
    import json

    try:
        return str(int(given[0])) if len(given) == 1 else json.dumps(given)
    except ValueError:  # the name of a class
        return json.dumps(given)
