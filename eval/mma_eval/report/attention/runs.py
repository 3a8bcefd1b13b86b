"""Runs whose attention was kept, as the report looks at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mma_bench.benchmark.conditions import CONDITIONS
from mma_eval.attention.record import AttentionRecord, Records
from mma_eval.report.runs import Run


def _as_it_is(record: AttentionRecord) -> AttentionRecord:
    return record


@dataclass(frozen=True)
class Measured:
    """A run whose attention was kept."""

    name: str
    records: Records
    """They need not have their heat maps."""
    whole: Callable[[AttentionRecord], AttentionRecord] = _as_it_is
    """One of them with its heat map: all of a large model's would not fit into memory."""
    tuned: bool = False
    """Set against a base, from which its curves differ in colour."""

    def of(self, condition: str, prompt: str | None = None) -> list[AttentionRecord]:
        """Its answers in a condition, to both questions or to one."""
        return [r for r in self.records if r.condition == condition and prompt in (None, r.prompt)]

    @property
    def shape(self) -> tuple[int, ...]:
        """Layers and heads of the model."""
        return self.records[0].shares.shape[:2]

    @property
    def conditions(self) -> list[str]:
        """Those that there are answers in, in the benchmark's order."""
        there = {record.condition for record in self.records}
        return [name for name in CONDITIONS if name in there]

    @property
    def curves(self) -> list[str]:
        """The conditions that stand against each other in a picture."""
        return [name for name in ("aligned", "misaligned") if name in self.conditions]

    @property
    def example(self) -> str:
        """The condition that is looked at where there is room for one."""
        return (self.curves or self.conditions)[-1]


def measured_of(run: Run) -> Measured | None:
    """A run with what it kept; None where it kept nothing.

    Raises:
        AttentionFilesError: files that cannot be read, or are of other answers.
    """
    from mma_eval.attention.files import read_attention, read_record
    from mma_eval.run.folder import ATTENTION

    if not any((run.folder / ATTENTION).glob("*.parquet")):
        return None
    return Measured(run.name, read_attention(run.folder, heat_maps=False), partial(read_record, run.folder))
