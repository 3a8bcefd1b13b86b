"""The pictures and sounds of the rows that are learnt from, each read from the dataset when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mma_bench.dataset.reading import BuiltDataset
from mma_bench.dataset.shards import ShardReader
from mma_eval.model import Clip
from mma_training.data.rows import TuningRow

Kind = Literal["video", "audio"]


@dataclass(frozen=True)
class Stream:
    """A picture or a sound that occurs in one row or many."""

    kind: Kind
    sha256: str
    """Of its packets' payloads, as the dataset has it."""
    row: TuningRow
    """One that has it."""


def distinct_streams(rows: Sequence[TuningRow]) -> list[Stream]:
    """Every picture and every sound once, in the order of the files in which they are first met."""
    found: dict[tuple[Kind, str], Stream] = {}
    for row in sorted(rows, key=lambda r: (r.shard, r.number)):
        found.setdefault(("video", row.video_sha256), Stream("video", row.video_sha256, row))
        found.setdefault(("audio", row.audio_sha256), Stream("audio", row.audio_sha256, row))
    return list(found.values())


class ClipReader:
    """Reads the media of rows; neighbours in a file are cheap. Not for several threads."""

    def __init__(self, data: BuiltDataset, conditions: Sequence[str], split: str) -> None:
        self._readers = [ShardReader(shard, ["video", "audio"]) for shard in data.select(conditions, [split])]

    def clip(self, row: TuningRow) -> Clip:
        """The clip of a row.

        Raises:
            DataFolderError: the file cannot be read.
        """
        stored = self._readers[row.shard].row(row.number)
        return Clip(id=row.id, video=stored["video"]["bytes"], audio=stored["audio"]["bytes"])

    def clips(self, streams: Sequence[Stream]) -> Iterator[tuple[Stream, Clip]]:
        """The clips that hold some streams, in their order."""
        for stream in streams:
            yield stream, self.clip(stream.row)

    def close(self) -> None:
        """Let go of the files."""
        for reader in self._readers:
            reader.close()


def stream_file(folder: Path, kind: Kind, sha256: str) -> Path:
    """Where the features of a stream are kept."""
    return folder / kind / sha256[:2] / f"{sha256}.safetensors"
