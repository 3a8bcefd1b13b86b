"""Read all questions of a dataset's test split with their correct answers, to verify runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.core.errors import OptionsError
from mma_bench.dataset.reading import resolve_dataset
from mma_eval.leaderboard.rules import REQUIRED_CONDITIONS, SEED, SPLIT, VARIANT
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.questions import Key, Target
from mma_eval.run.record import Selection


@dataclass(frozen=True)
class Reference:
    """Questions of a dataset with their correct answers."""

    digest: str
    drawn: bool
    """True for drawn and synthesised clips, False for recordings."""
    classes: Sequence[str]
    conditions: Sequence[str]
    targets: Mapping[Key, Target]
    """All questions of the split in the plain variant, in the dataset's order."""

    @property
    def source(self) -> str:
        """Clip source, as recorded in run.json and metrics.json."""
        return "synthetic" if self.drawn else "recordings"

    @property
    def clips(self) -> int:
        """Number of distinct clips that the questions are about."""
        return len({target.clip_id for target in self.targets.values()})


def read_reference(where: str) -> Reference:
    """Read the questions of a dataset, without media, from a built folder or from the Hub.

    Raises:
        DataFolderError: the dataset is missing or incomplete.
        OptionsError: the dataset lacks a required condition.
    """
    data = resolve_dataset(where, split=SPLIT)
    there = {shard.condition for shard in data.shards if shard.split == SPLIT}
    missing = [name for name in REQUIRED_CONDITIONS if name not in there]
    if missing:
        raise OptionsError(
            f"--data {where}: the {SPLIT} split lacks required conditions ({', '.join(missing)}); build the dataset "
            "with all conditions (`mma-bench build` without --conditions)"
        )
    conditions = tuple(name for name in CONDITIONS if name in there)
    plan = plan_evaluation(data, Selection(conditions=conditions, split=SPLIT, variants=(VARIANT,), seeds=(SEED,)))
    return Reference(
        digest=data.digest,
        drawn=data.drawn,
        classes=tuple(data.classes),
        conditions=conditions,
        targets={target.key: target for target in plan.targets()},
    )
