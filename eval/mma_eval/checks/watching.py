"""How checks stand, told without the questions about clips that turn out to be unreadable: nobody asks them."""

from __future__ import annotations

from dataclasses import dataclass

from mma_eval.checks.work import CheckWork
from mma_eval.run.prediction import Prediction
from mma_eval.run.progress import RunProgress, Watch


@dataclass
class Watching:
    """Tells `watch` of the progress, whose total falls with each clip that is dropped."""

    watch: Watch | None
    work: CheckWork
    planned: int | None = None
    """Questions, those of clips that are dropped too."""
    last: RunProgress | None = None

    def __call__(self, progress: RunProgress, made: list[Prediction]) -> None:
        """What a run calls after each clip."""
        if self.planned is None:
            self.planned = progress.questions
        self.last = progress
        progress.questions = self.planned - sum(list(self.work.dropped.values()))  # clips are read in another thread
        if self.watch:
            self.watch(progress, made)

    def end(self) -> None:
        """Nothing comes any more; a clip may have been dropped since the last answer."""
        if self.last:
            self(self.last, [])
