"""Commands that create artifacts: the metric on the Hub, tasks for lmms-eval, and tiny-omni."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from mma_bench.cli.dataset import Out, Overwrite
from mma_bench.cli.printing import progress_bar
from mma_bench.cli.push import DryRun, push
from mma_bench.hub.publication import Target


def push_metric_command(
    target: Target,
    dry_run: DryRun = False,
    folder: Annotated[Path | None, typer.Argument(help="The metric's folder; by default the one that ships.")] = None,
) -> None:
    """Publish the metric as a Space, from which `evaluate.load` gets it: --to ORG/mma_accuracy.

    After an interruption, the same command continues.
    """
    from mma_eval.scoring.publication import metric_publication

    push(metric_publication(folder, target), target, dry_run=dry_run)


def export_lmms_eval_command(
    out: Out,
    data: Annotated[
        str, typer.Option(help="A folder that `mma-bench build` wrote, or a dataset on the Hub.")
    ] = "mma-bench",
    overwrite: Overwrite = False,
) -> None:
    """Write tasks for lmms-eval, one per condition and prompt, so that its models are asked the test rows."""
    from mma_eval.lmms_eval.export import GROUP, export_lmms_eval

    tasks = export_lmms_eval(data, out, overwrite=overwrite)
    folder = shlex.quote(str(out))
    typer.echo(f"{out}: {len(tasks)} tasks about {data}. Run them in lmms-eval's environment:")
    typer.echo(
        f"  lmms-eval --include_path {folder} --tasks {GROUP} --model qwen2_5_omni "
        "--model_args pretrained=Qwen/Qwen2.5-Omni-7B --output_path lmms_logs --log_samples"
    )


def train_tiny_omni_command(
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("tiny-omni"),
    seed: Annotated[int, typer.Option(help="Seed of the clips, the weights and the order of training.")] = 0,
    workers: Annotated[int | None, typer.Option(help="Processes and threads; by default one per core.")] = None,
    scores: Annotated[
        Path | None,
        typer.Option(help="Train nothing; write the scores of this run folder into the card of `--out`."),
    ] = None,
) -> None:
    """Train tiny-omni, the small model that ships with the package, from scratch: some minutes on two cores."""
    if scores is not None:
        from mma_eval.tiny_omni.card import keep_scores

        typer.echo(keep_scores(out, scores))
        return
    from mma_eval.tiny_omni.train import RECIPE, train_tiny_omni

    with progress_bar("") as show:
        made = train_tiny_omni(out, RECIPE.with_(seed=seed), workers=workers, progress=show)
    typer.echo(f"{out}: {made.parameters:,} parameters, {made.seconds} s; mma-bench eval --model {out}")
