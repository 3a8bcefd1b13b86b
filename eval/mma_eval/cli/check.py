"""`mma-bench check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from mma_bench.benchmark.conditions import SPLITS
from mma_bench.cli.progress import progress_bar
from mma_eval.cli.model_options import Adapter, Overwrite, local_options, server_options, with_options


@with_options(local_options, server_options)
def check_command(
    source: Annotated[
        str, typer.Option(help="The manifest, such as `mma-bench curate` writes; or a dataset, such as org/mma-bench.")
    ],
    clips: Annotated[Path, typer.Option(help="The folder of its clips, as `mma-bench fetch` fills it.")] = Path(
        "clips"
    ),
    model: Annotated[
        str,
        typer.Option(
            help="The judge: Qwen/Qwen2.5-Omni-7B as in the paper, or any other that `mma-bench eval` takes. tiny-omni "
            "knows drawn clips only."
        ),
    ] = "tiny-omni",
    adapter: Adapter = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("checks.parquet"),
    split: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(SPLITS)}; by default all.")] = None,
    limit: Annotated[int | None, typer.Option(help="Clips per split, evenly over the classes: to try it out.")] = None,
    seed: Annotated[int, typer.Option(help="Of the wrong classes that are asked about.")] = 0,
    tries: Annotated[int, typer.Option(help="How often a question is asked when the model fails.")] = 2,
    max_cost: Annotated[float | None, typer.Option(help="US dollars; asking stops there.")] = None,
    overwrite: Overwrite = False,
    **model_options: Any,
) -> None:
    """Ask a model of each clip whether its class is seen and heard; keep the clips where all four answers are yes.

    The judge is judged too: it is asked the same about classes that the clip is not of. Run it again after an
    interruption, or to ask failed questions again: it continues.
    """
    from mma_bench.manifest.resolve import find_manifest
    from mma_eval.checks.check import check
    from mma_eval.checks.options import CheckOptions
    from mma_eval.cli.check_report import print_checks

    options = CheckOptions(
        source=find_manifest(source),
        clips=clips,
        model=model,
        model_options={"adapter": adapter, **model_options},
        out=out,
        splits=tuple(dict.fromkeys(split)) if split else None,
        limit=limit,
        seed=seed,
        tries=tries,
        max_cost=max_cost,
        overwrite=overwrite,
    )
    with progress_bar("questions") as show:
        report = check(options, watch=lambda progress, made: show("checks", progress.answered, progress.questions))
    print_checks(Console(), report, clips)
