"""What a clip is, and whether it holds what it promises."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.frame import VideoFrame

from mma_bench.core.errors import ClipError
from mma_bench.media.container import MAX_PIXELS, Source, name_of, reading
from mma_bench.media.demux import read_recording
from mma_bench.media.mux import codec_of
from mma_bench.media.tracks import Recording, Track, require_picture

# A file that holds less than this share of the frames or seconds that its header promises was cut off.
_COMPLETE = 0.9

# Containers whose header tells the length; elsewhere it is estimated from what is there.
_TELL_THEIR_LENGTH = ("matroska", "flv", "asf")


@dataclass(frozen=True)
class MediaInfo:
    """What `probe` found. Sizes are as coded, before `rotation` (degrees, counter-clockwise) is applied."""

    container: str
    video_codec: str
    width: int
    height: int
    rotation: int
    frames: int
    fps: float
    picture_seconds: Fraction
    audio_codec: str | None
    rate: int | None
    channels: int | None
    sound_seconds: Fraction | None


def probe(source: Source) -> MediaInfo:
    """Read all packets and decode the key frames of a clip.

    Raises:
        ClipError: it cannot be read, has no picture, its frames are larger than `MAX_PIXELS`, they do not decode, or
            it holds clearly less than its header promises.
    """
    name = name_of(source)
    with reading(name), read_recording(source) as recording:
        picture = require_picture(recording)
        context = picture.stream.codec_context
        if context.width * context.height > MAX_PIXELS:
            raise ClipError(
                name,
                "too_large",
                f"frames of {context.width} x {context.height}; at most {MAX_PIXELS} pixels are read. Scale it down",
            )
        _require_what_the_header_promises(name, picture, recording.sound)
        _require_the_containers_length(recording)
        first = _decode_key_frames(picture, name)
        return _describe(recording, picture, first)


def _describe(recording: Recording, picture: Track, first: VideoFrame) -> MediaInfo:
    sound, shown = recording.sound, [p for p in picture.packets if not p.is_discard]
    return MediaInfo(
        container=recording.container.format.name,
        video_codec=codec_of(picture),
        width=first.width,
        height=first.height,
        rotation=round(first.rotation),
        frames=len(shown),
        fps=round(len(shown) / float(picture.end), 3),
        picture_seconds=picture.end,
        audio_codec=codec_of(sound) if sound else None,
        rate=sound.stream.rate if sound else None,
        channels=sound.stream.channels if sound else None,
        sound_seconds=sound.end if sound else None,
    )


def _require_what_the_header_promises(name: str, picture: Track, sound: Track | None) -> None:
    # Elsewhere than in mp4 the count is an estimate, or counts the empty packets that pad AVI.
    promised = picture.stream.frames if picture.stream.container.format.name.startswith("mov") else 0
    if promised and len(picture.packets) < _COMPLETE * promised:
        raise ClipError(
            name,
            "truncated",
            f"holds {len(picture.packets)} of the {promised} frames that its header promises; "
            "download or copy it again",
        )
    for track, what in ((picture, "picture"), (sound, "sound")):
        if track and track.stream.duration:
            seconds = float(track.stream.duration * track.stream.time_base)
            if float(track.end) < _COMPLETE * seconds:
                raise ClipError(
                    name,
                    "truncated",
                    f"holds {float(track.end):.2f} s of {what}, its header promises {seconds:.2f} s; "
                    "download or copy it again",
                )


def _require_the_containers_length(recording: Recording) -> None:
    container = recording.container
    if container.duration and container.format.name.startswith(_TELL_THEIR_LENGTH):
        promised = (container.duration - max(0, container.start_time or 0)) / av.time_base
        held = max(float(t.end) for t in (recording.picture, recording.sound) if t)
        if held < _COMPLETE * promised:
            raise ClipError(
                recording.name,
                "truncated",
                f"holds {held:.2f} s, its header promises {promised:.2f} s; download or copy it again",
            )


def _decode_key_frames(picture: Track, name: str) -> VideoFrame:
    """Decode the frames that all others build on; returns the first frame shown."""
    context = picture.stream.codec_context
    try:
        first = picture.first_frame()
        context.flush_buffers()
        for packet in picture.packets:
            if packet.is_keyframe:
                context.decode(packet)
        context.decode(None)
    except av.error.FFmpegError as error:
        detail = f"a frame cannot be decoded ({error.strerror}); download or copy it again"
        raise ClipError(name, "damaged", detail) from error
    return first
