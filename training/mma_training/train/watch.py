"""What is seen of a training while it runs: progress, the log, the curves."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from mma_training.train.curves import draw_curves, write_log

Progress = Callable[[str, int, int], None]
"""Told a step's name, how much of it is done, and how much there is."""


@cache
def watch_class() -> Any:
    """The callback of the Trainer; made when it is asked for, since transformers takes seconds to import."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):  # type: ignore[misc]
        """Writes log and picture as they grow, and ends with a validation."""

        def __init__(self, folder: Path, progress: Progress, trainer: Any) -> None:
            self._folder, self._progress, self._trainer = folder, progress, trainer

        def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Tell our sampler the epoch: behind the samplers of several processes it is not told."""
            if self._trainer.sampler is not None:
                self._trainer.sampler.set_epoch(int(state.epoch))

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Tell of the step; the last one is validated and kept wherever it falls."""
            self._progress("steps", state.global_step, state.max_steps)
            if state.global_step >= state.max_steps:
                control.should_evaluate = control.should_save = True

        def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Write the log."""
            if state.is_world_process_zero:
                write_log(self._folder, state.log_history)

        def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Draw the curves."""
            if state.is_world_process_zero:
                draw_curves(self._folder, state.log_history, state.best_global_step)

    return Watch
