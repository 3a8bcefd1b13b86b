"""Validate a clip and prepare its media before rows are planned."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from mma_bench import __version__
from mma_bench.core.errors import ClipError
from mma_bench.core.files import file_sha256, write_bytes, write_text
from mma_bench.media import MEDIA_CODE
from mma_bench.media.container import reading
from mma_bench.media.demux import read_recording
from mma_bench.media.encode import Square
from mma_bench.media.probe import probe
from mma_bench.media.sound import MAX_SILENT, SAMPLE_RATE, encode_flac, fit_samples, read_sound
from mma_bench.media.standardise import as_standard, standardise
from mma_bench.media.tracks import mux_mp4
from mma_bench.sources.clips import PreparedClip, SourceClip, stamp_of

_HEARD = 0.02  # seconds of samples above MAX_SILENT that make a sound


@dataclass(frozen=True)
class Preparation:
    """A clip to validate and prepare, and the folder in which to store the result."""

    clip: SourceClip
    folder: Path
    square: Square | None
    """Frame size and length to convert the clip to; None keeps both."""

    @property
    def name(self) -> str:
        """Name of the clip in messages."""
        return str(self.clip.media) if isinstance(self.clip.media, Path) else self.clip.clip_id


def prepare(task: Preparation) -> PreparedClip:
    """Validate a clip and prepare the files that its rows are built from, or load the result of an earlier run.

    Raises:
        ClipError: the clip cannot be used.
        StorageError: the result cannot be written.
    """
    record = task.folder / f"{_key(task)}.json"
    if record.exists():
        return _load(record)
    source = task.clip.media if isinstance(task.clip.media, Path) else task.clip.media.render()
    try:
        prepared = _prepared(task, source, record)
    except ClipError as error:
        raise ClipError(task.name, error.problem, error.detail) from error
    write_text(record, json.dumps({k: str(v) if isinstance(v, Path) else v for k, v in asdict(prepared).items()}))
    return prepared


def _prepared(task: Preparation, source: Path | bytes, record: Path) -> PreparedClip:
    clip = task.clip
    standard = _standard_mp4(source, task.square)  # first, since it opens regular files only
    with reading(task.name):
        digest = hashlib.sha256(source).hexdigest() if isinstance(source, bytes) else file_sha256(source)
    mp4 = standard if isinstance(standard, Path) else record.with_suffix(".mp4")
    if isinstance(standard, bytes):
        write_bytes(mp4, standard)
    with read_recording(mp4) as recording, reading(task.name):
        picture = recording.require_video()
        probe(mux_mp4(picture, recording.require_audio()))  # fails now rather than after the rows are planned
        seconds = float(picture.end)
    sound = read_sound(mp4)
    if task.square:
        sound = fit_samples(sound, task.square.seconds)
    flac = record.with_suffix(".flac")
    write_bytes(flac, encode_flac(sound))
    return PreparedClip(
        clip_id=clip.clip_id,
        class_name=clip.class_name,
        split=clip.split,
        mp4=mp4,
        flac=flac,
        youtube_id=clip.youtube_id,
        start_seconds=clip.start_seconds,
        end_seconds=clip.start_seconds + seconds if clip.end_seconds is None else clip.end_seconds,
        source_sha256=digest,
        stamp=stamp_of(mp4),
        bytes=mp4.stat().st_size + flac.stat().st_size,
        silent=bool(np.count_nonzero(np.abs(sound) > MAX_SILENT) < _HEARD * SAMPLE_RATE),
    )


def _standard_mp4(source: Path | bytes, square: Square | None) -> Path | bytes:
    """Return the source unchanged if rows can copy its packets, otherwise the bytes of a converted mp4."""
    if square:
        return standardise(source, square)
    standard = source if isinstance(source, bytes) else as_standard(source)
    return standard if isinstance(standard, bytes) else source


def _key(task: Preparation) -> str:
    """Compute the cache key of a prepared clip from the clip, its file and the target format."""
    media = task.clip.media
    stamp = (str(media), *stamp_of(media)) if isinstance(media, Path) and media.exists() else media
    return hashlib.sha256(
        repr((__version__, MEDIA_CODE, replace(task.clip, media=Path()), stamp, task.square)).encode()
    ).hexdigest()[:32]


def _load(record: Path) -> PreparedClip:
    fields = json.loads(record.read_text(encoding="utf-8"))
    fields |= {"mp4": Path(fields["mp4"]), "flac": Path(fields["flac"]), "stamp": tuple(fields["stamp"])}
    return PreparedClip(**fields)
