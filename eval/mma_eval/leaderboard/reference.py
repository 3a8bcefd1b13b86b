"""What a dataset asks: every question that an entry must answer, with what is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.core.errors import OptionsError
from mma_bench.dataset.resolve import resolve_dataset
from mma_eval.leaderboard.rules import REQUIRED_CONDITIONS, SEED, SPLIT, VARIANT
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.questions import Key, Target
from mma_eval.run.record import Selection


@dataclass(frozen=True)
class Reference:
    """A dataset that runs are checked against."""

    digest: str
    drawn: bool
    """Whether its clips are drawn and synthesised."""
    classes: Sequence[str]
    conditions: Sequence[str]
    questions: Mapping[Key, Target]
    """All of the split, asked plainly."""

    @property
    def clips(self) -> int:
        """How many clips are asked about."""
        return len({asked.clip_id for asked in self.questions.values()})


def read_reference(where: str) -> Reference:
    """Read the questions of a dataset; no media are read.

    Args:
        where: a built folder, or a dataset on the Hub.

    Raises:
        DataFolderError: there is none, or it is not complete.
        OptionsError: it lacks what every entry must answer.
    """
    data = resolve_dataset(where, split=SPLIT)
    there = {shard.condition for shard in data.shards if shard.split == SPLIT}
    missing = [name for name in REQUIRED_CONDITIONS if name not in there]
    if missing:
        raise OptionsError(
            f"--data {where}: no {' and no '.join(missing)} in the split {SPLIT}; every entry must answer them. Build "
            "the dataset with all conditions"
        )
    conditions = tuple(name for name in CONDITIONS if name in there)
    work = plan_evaluation(data, Selection(conditions=conditions, split=SPLIT, variants=(VARIANT,), seeds=(SEED,)))
    return Reference(
        digest=data.digest,
        drawn=data.drawn,
        classes=tuple(data.classes),
        conditions=conditions,
        questions={asked.key: asked for asked in work.targets()},
    )
