"""Write the training log (training.jsonl) and the training curves (training.png)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mma_bench.core.files import write_text, writing
from mma_training.adapter.record import VALIDATION_CELLS

LOG, PICTURE = "training.jsonl", "training.png"
LogEntry = Mapping[str, Any]
"""An entry of the Trainer's log: a step with its loss and learning rate, or with its validation accuracies."""
_COLOURS = {"visual": "#1f77b4", "audio": "#d95f02"}
_STYLES = {"aligned": "--", "misaligned": "-"}


def write_log(folder: Path, history: Sequence[LogEntry]) -> None:
    """Write the log as JSON Lines, without the `eval_` prefix of the Trainer's keys."""
    lines = [{k.removeprefix("eval_"): v for k, v in entry.items() if k != "total_flos"} for entry in history]
    write_text(folder / LOG, "".join(json.dumps(line) + "\n" for line in lines))


def draw_curves(folder: Path, history: Sequence[LogEntry], chosen: int | None) -> None:
    """Write training.png, which plots loss and accuracies by step and marks the chosen checkpoint's step."""
    with writing(folder / PICTURE) as partial:
        curves_of(history, chosen).savefig(partial, format="png", dpi=130)


def curves_of(history: Sequence[LogEntry], chosen: int | None) -> Any:
    """Return the matplotlib Figure that `draw_curves` saves."""
    from matplotlib.figure import Figure  # not pyplot, which would keep the figure and need a display

    figure = Figure(figsize=(7, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    losses = [(e["step"], e["loss"]) for e in history if "loss" in e]
    if losses:
        # A single step makes no line, so it gets a marker.
        above.plot(*zip(*losses, strict=True), color="#555", linewidth=1, marker="o" if len(losses) == 1 else None)
    above.set_ylabel("loss of the answers")
    above.set_ylim(bottom=0)
    _draw_accuracies(below, [e for e in history if "eval_accuracy" in e])
    if chosen is not None:
        below.axvline(chosen, color="#999", linewidth=0.8)
        below.text(chosen, 103, "chosen", ha="center", va="bottom", fontsize=8, color="#666")
    figure.legend(loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    return figure


def _draw_accuracies(axes: Any, validations: Sequence[LogEntry]) -> None:
    for condition, prompt in VALIDATION_CELLS:
        axes.plot(
            [e["step"] for e in validations], [100 * e[f"eval_{condition}_{prompt}"] for e in validations],
            _STYLES[condition], color=_COLOURS[prompt], marker="o", markersize=3,
            label=f"{condition}, asked about the {'picture' if prompt == 'visual' else 'sound'}",
        )  # fmt: skip
    axes.set(xlabel="step", ylabel="right answers of the\nvalidation sample, %", ylim=(0, 102))
