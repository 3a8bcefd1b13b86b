"""Rows as examples: how often each is written, what is asked and what is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.dataset.reading import DataFolderError, Shard, records

CONDITIONS = ("aligned", "misaligned")
"""What is learnt from, in equal weight."""
# Where LLaMA-Factory puts media into a text, whoever wrote it.
_PLACEHOLDERS = ("<image>", "<video>", "<audio>")


def examples_of(
    record: Mapping[str, Any], classes: Sequence[str], video: str, audio: str, source: Path
) -> Iterator[dict[str, Any]]:
    """Both questions of a row, each with the class as the answer.

    Args:
        record: of the row.
        classes: of the dataset.
        video: file of its picture, as seen from the folder.
        audio: of its sound.
        source: the row's shard, for messages.

    Raises:
        DataFolderError: a text holds what LLaMA-Factory would replace by a file.
    """
    for prompt in PROMPTS:
        question, answer = record[f"{prompt}_question"], classes[record[f"{prompt}_class"]]
        for placeholder in _PLACEHOLDERS:
            if placeholder in question or placeholder in answer:
                raise DataFolderError(
                    f"{source}: row {record['id']!r} has {placeholder} in its {prompt} question or answer, where "
                    "LLaMA-Factory would put a file; rename the class and build again"
                )
        yield {
            "messages": [
                {"role": "user", "content": f"<video><audio>{question}"},
                {"role": "assistant", "content": answer},
            ],
            "videos": [video],
            "audios": [audio],
        }


class Repeats:
    """How often the rows of a split are written."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._rows = {c: Counter[str]() for c in CONDITIONS}
        for shard in shards:
            self._rows[shard.condition].update(r["clip_id"] for r in records(shard, ["clip_id"]))
        self._given = Counter[str]()

    def of(self, condition: str, clip_id: str) -> int:
        """For the next row of a clip: its aligned rows together are written as often as it has misaligned ones."""
        if condition == "misaligned":
            return 1
        nth, self._given[clip_id] = self._given[clip_id], self._given[clip_id] + 1
        return len(range(nth, self._rows["misaligned"][clip_id], self._rows["aligned"][clip_id]))
