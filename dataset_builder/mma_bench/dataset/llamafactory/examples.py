"""Convert rows to training examples: messages, media files and the number of copies of each example."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.core.records import Json
from mma_bench.dataset.export import write_if_changed
from mma_bench.dataset.shards import DataFolderError, Shard, ShardReader, stored_rows
from mma_bench.media.demux import read_recording
from mma_bench.media.tracks import mux_mp4

CONDITIONS = ("aligned", "misaligned")
"""Conditions to train on, with equal weight."""
_PER_PROMPT = [f"{prompt}_{content}" for prompt in PROMPTS for content in ("class", "question")]
_COLUMNS = ("id", "clip_id", *_PER_PROMPT, "video_sha256", "audio_sha256")
# LLaMA-Factory replaces these with media wherever they occur in a text.
_PLACEHOLDERS = ("<image>", "<video>", "<audio>")


def examples_of(
    record: Mapping[str, Json], classes: Sequence[str], video: str, audio: str, source: Path
) -> Iterator[dict[str, Json]]:
    """Yield one example per question of a stored row, with the correct class as the answer.

    `video` and `audio` are paths relative to the export folder; errors name `source`, the row's shard.

    Raises:
        DataFolderError: a question or an answer contains a LLaMA-Factory media placeholder.
    """
    for prompt in PROMPTS:
        question, answer = record[f"{prompt}_question"], classes[record[f"{prompt}_class"]]
        for placeholder in _PLACEHOLDERS:
            if placeholder in question or placeholder in answer:
                raise DataFolderError(
                    f"{source}: row {record['id']!r} has {placeholder} in its {prompt} question or answer, which "
                    "LLaMA-Factory would replace with media; rename the class and build again"
                )
        messages = [
            {"role": "user", "content": f"<video><audio>{question}"},
            {"role": "assistant", "content": answer},
        ]
        yield {"messages": messages, "videos": [video], "audios": [audio]}


class Repeats:
    """Counts the copies of each row that balance the aligned and misaligned rows of a split."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._rows = {c: Counter[str]() for c in CONDITIONS}
        for shard in shards:
            self._rows[shard.condition].update(r["clip_id"] for r in stored_rows(shard, ["clip_id"]))
        self._given = Counter[str]()

    def of(self, condition: str, clip_id: str) -> int:
        """Return how many copies of a clip's next row to write, so that it has as many aligned as misaligned rows."""
        if condition == "misaligned":
            return 1
        nth, self._given[clip_id] = self._given[clip_id], self._given[clip_id] + 1
        return len(range(nth, self._rows["misaligned"][clip_id], self._rows["aligned"][clip_id]))


class MediaFiles:
    """Writes the media files of an export: one per distinct stream, at the first row that uses it."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.written = self.kept = 0
        self._done: set[str] = set()

    def of(self, shard: Shard) -> Iterator[tuple[dict[str, Json], tuple[str, str]]]:
        """Write the media files of a shard; yield each row, without media, and the paths of its video and audio."""
        with closing(ShardReader(shard, ["video"])) as videos, closing(ShardReader(shard, ["audio"])) as audios:
            for number, record in enumerate(stored_rows(shard, _COLUMNS)):
                video = f"videos/{_digest(record, 'video', shard)}.mp4"
                audio = f"audios/{_digest(record, 'audio', shard)}.flac"
                # Most rows are swaps, whose streams were already written; their media are not read at all.
                if video not in self._done:
                    mp4 = videos.row(number)["video"]["bytes"]
                    with read_recording(mp4, name=f"{shard.path}: {record['id']}") as recording:
                        self._add(video, mux_mp4(recording.require_video()))
                if audio not in self._done:
                    self._add(audio, audios.row(number)["audio"]["bytes"])
                yield record, (video, audio)

    def _add(self, file: str, data: bytes) -> None:
        new = write_if_changed(self.out / file, data)
        self.written += new
        self.kept += not new
        self._done.add(file)


def _digest(record: Mapping[str, Json], stream: str, shard: Shard) -> str:
    digest = record[f"{stream}_sha256"]
    # The digest becomes a file name, and the dataset is untrusted.
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise DataFolderError(
            f"{shard.path}: row {record['id']!r} has {stream}_sha256 {digest!r}, expected 64 hexadecimal digits; "
            "build or download the dataset again"
        )
    return digest
