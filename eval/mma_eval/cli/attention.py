"""Command `mma-bench attention`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from mma_bench.benchmark.conditions import CONDITIONS
from mma_eval.models.options import Adapter, LocalOptions, chosen
from mma_eval.run.options import Data, EvalOptions, Overwrite, SplitName

_CLIPS = 100
"""Number of clips in the paper's attention analysis (section 4.2)."""


def attention_command(
    model: Annotated[
        str, typer.Option(help="tiny-omni, or a folder or Hub id of Qwen2.5-Omni or Qwen3-Omni.")
    ] = "tiny-omni",
    adapter: Adapter = None,
    data: Data = "mma-bench",
    split: SplitName = "test",
    conditions: Annotated[
        list[str] | None, typer.Option(help=f"Repeatable: {', '.join(CONDITIONS)}; by default the first two.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Clips, evenly over the classes.")] = _CLIPS,
    out: Annotated[Path | None, typer.Option(help="The run folder; by default runs/MODEL[+ADAPTER]-attention.")] = None,
    overwrite: Overwrite = False,
    *,
    local: LocalOptions,
) -> None:
    """Ask both questions about clips, and keep the attention of the answers to video, audio and text.

    The answers are those of `mma-bench eval`. After an interruption, the same command continues.
    """
    from mma_eval.attention.run import measure_attention
    from mma_eval.cli.tables import live_table

    options = EvalOptions(
        model=model,
        model_options=chosen(adapter, local),
        data=data,
        split=split,
        conditions=tuple(conditions or ("aligned", "misaligned")),
        limit=limit,
        out=out,
        overwrite=overwrite,
    )
    console = Console()
    with live_table(Console(stderr=True)) as watch:
        report = measure_attention(options, watch=watch)
    from mma_eval.cli.tables import print_scores

    console.print(f"{report.folder}/attention: Parquet, a row for each answer", soft_wrap=True, markup=False)
    runs = _comparable(report.folder)
    print_scores(console, report, runs=runs, more=["--out", str(report.folder.with_name("attention.html"))])


def _comparable(folder: Path) -> list[Path]:
    """Find sibling runs with attention recorded for the same model and split; runs without an adapter come first."""
    from mma_eval.run.folder import ATTENTION
    from mma_eval.run.record import RUN, RunRecord, read_run
    from mma_eval.run.store import PREDICTIONS

    def key(record: RunRecord) -> tuple[Any, ...]:
        return record.model.name, record.data.digest, record.data.split

    there = {
        run: read_run(run)
        for run in sorted(folder.parent.iterdir())
        if any((run / ATTENTION).glob("*.parquet")) and (run / RUN).is_file() and (run / PREDICTIONS).is_file()
    }
    same = [run for run, record in there.items() if key(record) == key(read_run(folder))]
    return sorted(same, key=lambda run: there[run].model.adapter is not None)
