"""The pictures and sounds of an export: one that several rows have is one file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mma_bench.dataset.export_folder import written
from mma_bench.dataset.reading import DataFolderError, Shard, records
from mma_bench.dataset.shard_reader import ShardReader
from mma_bench.media.demux import read_recording
from mma_bench.media.mux import mux_mp4
from mma_bench.media.tracks import require_video

_COLUMNS = (
    "id",
    "clip_id",
    "visual_class",
    "audio_class",
    "visual_question",
    "audio_question",
    "video_sha256",
    "audio_sha256",
)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass
class MediaFiles:
    """The pictures and sounds of an export, each written when its first row comes."""

    out: Path
    written: int = 0
    kept: int = 0
    _done: set[str] = field(default_factory=set)

    def of(self, shard: Shard) -> Iterator[tuple[dict[str, Any], tuple[str, str]]]:
        """The rows of a shard, without their media, and the files of these."""
        videos, audios = ShardReader(shard, ["video"]), ShardReader(shard, ["audio"])
        try:
            for number, record in enumerate(records(shard, _COLUMNS)):
                video = f"videos/{_digest(record, 'video', shard)}.mp4"
                audio = f"audios/{_digest(record, 'audio', shard)}.flac"
                # Most rows are swaps, whose picture and sound are there by then: their media are not read at all.
                if video not in self._done:
                    name = f"{shard.path}: {record['id']}"
                    self._add(video, _picture_alone(_bytes(videos, number, "video"), name))
                if audio not in self._done:
                    self._add(audio, _bytes(audios, number, "audio"))
                yield record, (video, audio)
        finally:
            videos.close()
            audios.close()

    def _add(self, file: str, data: bytes) -> None:
        new = written(self.out / file, data)
        self.written += new
        self.kept += not new
        self._done.add(file)


def _picture_alone(mp4: bytes, name: str) -> bytes:
    with read_recording(mp4, name=name) as recording:
        return mux_mp4(require_video(recording))


def _bytes(reader: ShardReader, number: int, column: str) -> bytes:
    data: bytes = reader.row(number)[column]["bytes"]
    return data


def _digest(record: Mapping[str, Any], column: str, shard: Shard) -> str:
    digest = record[f"{column}_sha256"]
    # It becomes a file's name, and the dataset may come from anywhere.
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise DataFolderError(
            f"{shard.path}: row {record['id']!r} has {column}_sha256 {digest!r}, expected 64 hexadecimal digits; "
            "build or download the dataset again"
        )
    return digest
