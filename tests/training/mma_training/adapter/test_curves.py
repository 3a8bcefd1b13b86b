"""The picture of a training."""

from pathlib import Path
from typing import Any

from mma_training.adapter.curves import PICTURE, curves_of, draw_curves
from mma_training.adapter.record import VALIDATION_CELLS


def history(steps: int) -> list[dict[str, Any]]:
    losses: list[dict[str, Any]] = [{"step": k, "loss": 1 / k} for k in range(1, steps + 1)]
    cells = {f"eval_{condition}_{prompt}": 0.99 for condition, prompt in VALIDATION_CELLS}
    return [*losses, {"step": steps, "eval_accuracy": 0.99, **cells}]


def test_a_single_step_is_seen() -> None:
    (line,) = curves_of(history(1), 1).axes[0].lines
    assert line.get_marker() == "o"
    assert list(line.get_xdata()) == [1]


def test_nothing_is_drawn_over_the_curves() -> None:
    figure = curves_of(history(9), 9)
    figure.canvas.draw()
    (legend,) = figure.legends
    assert not any(legend.get_window_extent().overlaps(axes.get_window_extent()) for axes in figure.axes)
    assert "misaligned, asked about the sound" in [text.get_text() for text in legend.get_texts()]


def test_it_is_a_file(tmp_path: Path) -> None:
    draw_curves(tmp_path, history(3), 2)
    assert (tmp_path / PICTURE).read_bytes().startswith(b"\x89PNG")
