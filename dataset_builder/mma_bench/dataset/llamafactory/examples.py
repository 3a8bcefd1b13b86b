"""Convert rows to training examples, and compute how often each is repeated."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.records import Json
from mma_bench.dataset.shards import DataFolderError, Shard, stored_rows

CONDITIONS = ("aligned", "misaligned")
"""Training conditions, weighted equally."""
# LLaMA-Factory replaces these with media wherever they occur in a text.
_PLACEHOLDERS = ("<image>", "<video>", "<audio>")


def examples_of(
    record: Mapping[str, Json], classes: Sequence[str], video: str, audio: str, source: Path
) -> Iterator[dict[str, Json]]:
    """Yield one example per question of a row, with the class as the answer.

    Args:
        record: the stored row.
        classes: the classes of the dataset.
        video: path of the video file, relative to the export folder.
        audio: path of the audio file, relative to the export folder.
        source: the row's shard, for messages.

    Raises:
        DataFolderError: a question or an answer contains a media placeholder of LLaMA-Factory.
    """
    for prompt in PROMPTS:
        question, answer = record[f"{prompt}_question"], classes[record[f"{prompt}_class"]]
        for placeholder in _PLACEHOLDERS:
            if placeholder in question or placeholder in answer:
                raise DataFolderError(
                    f"{source}: row {record['id']!r} has {placeholder} in its {prompt} question or answer, which "
                    "LLaMA-Factory would replace with media; rename the class and build again"
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
    """Counts the repetitions that balance the aligned and misaligned rows of a split."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._rows = {c: Counter[str]() for c in CONDITIONS}
        for shard in shards:
            self._rows[shard.condition].update(r["clip_id"] for r in stored_rows(shard, ["clip_id"]))
        self._given = Counter[str]()

    def of(self, condition: str, clip_id: str) -> int:
        """Return how often to repeat a clip's next row; aligned rows are repeated to match the misaligned ones."""
        if condition == "misaligned":
            return 1
        nth, self._given[clip_id] = self._given[clip_id], self._given[clip_id] + 1
        return len(range(nth, self._rows["misaligned"][clip_id], self._rows["aligned"][clip_id]))
