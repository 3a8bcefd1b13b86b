"""Accuracy by class, and confusion matrices."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from mma_eval.report.page import Picture, Row, Table, svg_picture
from mma_eval.report.pictures.heat_maps import confusion_map
from mma_eval.report.runs import Run, cell_of

_NOT_NAMED = "none named"


def per_class(run: Run) -> Table:
    """Tabulate per-class accuracy by condition and prompt, over the plain variant."""
    cells = [c for c in run.metrics.cells if c.variant == "plain"]
    right: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for prediction, judged in run.answers:
        if prediction.variant == "plain":
            right[prediction.reference, prediction.condition, prediction.prompt].append(judged.right)
    rows = [
        Row([name.replace("_", " "), *(_percent(right[name, c.condition, c.prompt]) for c in cells)])
        for name in run.record.data.classes
    ]
    headings = [f"{c.condition.replace('_', ' ')}, {c.prompt}" for c in cells]
    caption = "Accuracy in % by the class of the modality asked about."
    return Table(f"{run.name}: per class", ["class", *headings], rows, caption, folded=True)


def confusions(run: Run, number: int) -> list[Picture]:
    """Draw a confusion matrix for each condition and prompt, over the plain variant; file names contain `number`."""
    return [_confusion(run, number, c.condition, c.prompt) for c in run.metrics.cells if c.variant == "plain"]


def _confusion(run: Run, number: int, condition: str, prompt: str) -> Picture:
    classes = run.record.data.classes
    counts: Counter[tuple[str, str]] = Counter()
    for prediction, judged in run.answers:
        if cell_of(prediction) == (condition, prompt, "plain") and not prediction.error:
            counts[prediction.reference, judged.reading.class_name or _NOT_NAMED] += 1
    wrong = [(pair, n) for pair, n in counts.most_common() if pair[0] != pair[1]][:5]
    listed = "; ".join(f"{right} answered {answered} {n} times" for (right, answered), n in wrong) or "nothing"
    words = f"Rows are what is right, columns what was answered. Most often wrong: {listed}."
    title = f"{run.name}: {condition.replace('_', ' ')}, {prompt} question"
    named = [*classes, _NOT_NAMED]
    names = [name.replace("_", " ") for name in named]
    table = np.array([[counts[right, answered] for answered in named] for right in classes])
    svg = confusion_map(table, names[:-1], names, f"{prompt} class", f"{title}. {words}")
    return svg_picture(f"confusion-{number}-{condition}-{prompt}.svg", svg, words, title)


def _percent(right: Sequence[bool]) -> str:
    return f"{100 * sum(right) / len(right):.0f}" if right else ""
