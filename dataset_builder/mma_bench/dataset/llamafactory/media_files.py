"""Write the video and audio files of an export, one per distinct stream."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mma_bench.core.records import Json
from mma_bench.dataset.export_folder import write_if_changed
from mma_bench.dataset.shards import DataFolderError, Shard, ShardReader, stored_rows
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
    """Writes the media files of an export, each for the first row that uses it."""

    out: Path
    written: int = 0
    kept: int = 0
    _done: set[str] = field(default_factory=set)

    def of(self, shard: Shard) -> Iterator[tuple[dict[str, Json], tuple[str, str]]]:
        """Yield each row of a shard, without media, and the paths of its video and audio files."""
        videos, audios = ShardReader(shard, ["video"]), ShardReader(shard, ["audio"])
        try:
            for number, record in enumerate(stored_rows(shard, _COLUMNS)):
                video = f"videos/{_digest(record, 'video', shard)}.mp4"
                audio = f"audios/{_digest(record, 'audio', shard)}.flac"
                # Most rows are swaps, whose streams were already written; their media are not read at all.
                if video not in self._done:
                    name = f"{shard.path}: {record['id']}"
                    self._add(video, _video_stream(_bytes(videos, number, "video"), name))
                if audio not in self._done:
                    self._add(audio, _bytes(audios, number, "audio"))
                yield record, (video, audio)
        finally:
            videos.close()
            audios.close()

    def _add(self, file: str, data: bytes) -> None:
        new = write_if_changed(self.out / file, data)
        self.written += new
        self.kept += not new
        self._done.add(file)


def _video_stream(mp4: bytes, name: str) -> bytes:
    with read_recording(mp4, name=name) as recording:
        return mux_mp4(require_video(recording))


def _bytes(reader: ShardReader, number: int, column: str) -> bytes:
    data: bytes = reader.row(number)[column]["bytes"]
    return data


def _digest(record: Mapping[str, Json], column: str, shard: Shard) -> str:
    digest = record[f"{column}_sha256"]
    # The digest becomes a file name, and the dataset is untrusted.
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise DataFolderError(
            f"{shard.path}: row {record['id']!r} has {column}_sha256 {digest!r}, expected 64 hexadecimal digits; "
            "build or download the dataset again"
        )
    return digest
