"""Which classes are mistaken for which."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from mma_eval.report.page import Picture, Row, Table
from mma_eval.report.runs import Run

_NOT_NAMED = "none named"


def per_class(run: Run) -> Table:
    """Accuracy of each class in each condition and prompt, asked plainly."""
    cells = [c for c in run.metrics.cells if c.variant == "plain"]
    right: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for made, judged in run.answers:
        if made.variant == "plain":
            right[made.reference, made.condition, made.prompt].append(judged.right)
    rows = [
        Row([
            name.replace("_", " "),
            *(_percent(right[name, c.condition, c.prompt]) for c in cells),
        ])
        for name in run.record.data.classes
    ]  # fmt: skip
    headings = [f"{c.condition.replace('_', ' ')}, {c.prompt}" for c in cells]
    caption = "Accuracy in % by the class of the modality asked about."
    return Table(f"{run.name}: per class", ["class", *headings], rows, caption, folded=True)


def confusions(run: Run, number: int) -> list[Picture]:
    """A heat map per condition and prompt asked plainly: what was right, and what was said.

    Args:
        run: whose.
        number: of the run in the report, for the names of the files.
    """
    return [_heat_map(run, number, c.condition, c.prompt) for c in run.metrics.cells if c.variant == "plain"]


def _heat_map(run: Run, number: int, condition: str, prompt: str) -> Picture:
    from matplotlib.figure import Figure

    classes = list(run.record.data.classes)
    said = [*classes, _NOT_NAMED]
    counts: Counter[tuple[str, str]] = Counter()
    for made, judged in run.answers:
        if (made.condition, made.prompt, made.variant) == (condition, prompt, "plain") and not made.error:
            counts[made.reference, judged.reading.class_name or _NOT_NAMED] += 1
    table = np.array([[counts[r, s] for s in said] for r in classes], float)
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    side = 1.6 + 0.2 * len(said)
    figure = Figure(figsize=(side + 0.6, side), dpi=90, layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="cividis", vmin=0, vmax=1)
    names = [s.replace("_", " ") for s in said]
    axes.set_xticks(range(len(said)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(classes)), names[:-1], fontsize=7)
    axes.set_xlabel("answered", fontsize=8)
    axes.set_ylabel(f"{prompt} class", fontsize=8)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    title = f"{run.name}: {condition.replace('_', ' ')}, {prompt} question"
    return Picture(
        f"confusion-{number}-{condition}-{prompt}.png", buffer.getvalue(), "image/png", _worst(counts), title
    )


def _worst(counts: Counter[tuple[str, str]]) -> str:
    """The most frequent confusions in words."""
    wrong = [(pair, n) for pair, n in counts.most_common() if pair[0] != pair[1]][:5]
    listed = "; ".join(f"{right} answered {said} {n} times" for (right, said), n in wrong)
    return f"Rows are what is right, columns what was answered. Most often wrong: {listed or 'nothing'}."


def _percent(right: Sequence[bool]) -> str:
    return f"{100 * sum(right) / len(right):.0f}" if right else ""
