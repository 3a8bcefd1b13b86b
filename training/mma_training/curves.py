"""How a training went: its log as JSONL, and as a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mma_bench.files import write_text, writing
from mma_training.validation import CELLS

LOG, PICTURE = "training.jsonl", "training.png"
_COLOURS = {"visual": "#1f77b4", "audio": "#d95f02"}
_STYLES = {"aligned": "--", "misaligned": "-"}


def write_log(folder: Path, history: Sequence[Mapping[str, Any]]) -> None:
    """Write what was logged, a line each: step, loss and learning rate, or accuracies of the validation."""
    lines = [{k.removeprefix("eval_"): v for k, v in entry.items() if k != "total_flos"} for entry in history]
    write_text(folder / LOG, "".join(json.dumps(line) + "\n" for line in lines))


def draw_curves(folder: Path, history: Sequence[Mapping[str, Any]], chosen: int | None) -> None:
    """Draw loss and validation accuracies by step.

    Args:
        folder: to write the picture into.
        history: what was logged.
        chosen: the step whose checkpoint was the best.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(7, 5.5), layout="constrained")
    losses = [(e["step"], e["loss"]) for e in history if "loss" in e]
    if losses:
        above.plot(*zip(*losses, strict=True), color="#555", linewidth=1)
    above.set_ylabel("loss of the answers")
    above.set_ylim(bottom=0)
    validations = [e for e in history if "eval_accuracy" in e]
    steps = [e["step"] for e in validations]
    for condition, prompt in CELLS:
        values = [100 * e[f"eval_{condition}_{prompt}"] for e in validations]
        below.plot(
            steps, values, _STYLES[condition], color=_COLOURS[prompt], marker="o", markersize=3,
            label=f"{condition}, asked about the {'picture' if prompt == 'visual' else 'sound'}",
        )  # fmt: skip
    if chosen is not None:
        below.axvline(chosen, color="#999", linewidth=0.8)
        below.text(chosen, 103, "chosen", ha="center", va="bottom", fontsize=8, color="#666")
    below.set(xlabel="step", ylabel="right answers of the\nvalidation sample, %", ylim=(0, 102))
    below.legend(fontsize=8, loc="lower right")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    with writing(folder / PICTURE) as partial:
        figure.savefig(partial, format="png", dpi=130)
    plt.close(figure)
