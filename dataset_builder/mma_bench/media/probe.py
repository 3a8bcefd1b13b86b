"""Return the properties of a clip, and verify that it is as long as its header declares."""

from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.frame import VideoFrame

from mma_bench.core.errors import ClipError
from mma_bench.media.container import MAX_PIXELS, UNNAMED, Source, declared_seconds, name_of, reading
from mma_bench.media.demux import read_recording
from mma_bench.media.orientation import orientation_of
from mma_bench.media.tracks import Recording, Track

# A file with less than this share of the declared frames or seconds is truncated.
_COMPLETE = 0.9

# Containers whose header declares the length; in others FFmpeg estimates it from the packets.
_DECLARE_LENGTH = ("matroska", "flv", "asf")


@dataclass(frozen=True)
class MediaInfo:
    """Properties of a clip's streams.

    Width and height are as coded, before `rotation` (degrees, counter-clockwise) is applied. Lengths are in seconds
    from the start of the clip.
    """

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
    """Return the properties of a clip after reading all packets and decoding the key frames.

    Raises:
        ClipError: the clip cannot be read, has no video, has frames larger than `MAX_PIXELS`, has an undecodable key
            frame, or is more than 10 % shorter than its header declares.
    """
    with reading(name_of(source)), read_recording(source) as recording:
        return properties_of(recording)


def properties_of(recording: Recording) -> MediaInfo:
    """Return the properties of a clip whose packets were read; decode its key frames. Raises what `probe` raises."""
    video, audio = recording.require_video(), recording.audio
    require_complete(recording)
    first, frames = decode_key_frames(video), sum(not p.is_discard for p in video.packets)
    return MediaInfo(
        container=recording.container.format.name,
        video_codec=video.codec,
        width=first.width,
        height=first.height,
        rotation=orientation_of(first).rotation,
        frames=frames,
        fps=round(frames / float(video.end), 3),
        picture_seconds=video.end,
        audio_codec=audio.codec if audio else None,
        rate=audio.stream.rate if audio else None,
        channels=audio.stream.channels if audio else None,
        sound_seconds=audio.end if audio else None,
    )


def require_complete(recording: Recording) -> None:
    """Verify what can be verified without decoding: the size of the frames, and the lengths that the headers declare.

    Raises:
        ClipError: frames are larger than `MAX_PIXELS`, or the file is more than 10 % shorter than its headers declare.
    """
    container = recording.container
    if recording.video:
        _require_all_frames(recording.video)
    for track, what in ((recording.video, "picture"), (recording.audio, "sound")):
        if track and (declared := declared_seconds(track.stream)):
            held = float(track.end)
            _require(held, declared, f"{held:.2f} s of {what}, its header promises {float(declared):.2f} s")
    # Streams that were not read, such as subtitles, may be longer.
    read = [track for track in (recording.video, recording.audio) if track]
    if len(read) == len(container.streams) and container.duration and container.format.name.startswith(_DECLARE_LENGTH):
        declared = (container.duration - max(0, container.start_time or 0)) / av.time_base
        held = max(float(track.end) for track in read)
        _require(held, declared, f"{held:.2f} s, its header promises {declared:.2f} s")


def _require_all_frames(video: Track) -> None:
    context = video.stream.codec_context
    if context.width * context.height > MAX_PIXELS:
        found = f"frames of {context.width} x {context.height}"
        raise ClipError(UNNAMED, "too_large", f"{found}; at most {MAX_PIXELS} pixels are read. Scale it down")
    # In other containers than mp4, the index is incomplete, or includes the empty packets that pad AVI. In an mp4 it
    # leaves out what an edit list cuts off, unless other frames need it.
    mp4 = video.stream.container.format.name.startswith("mov")
    frames = min(video.stream.frames, len(video.stream.index_entries)) if mp4 else 0
    _require(video.demuxed, frames, f"{video.demuxed} of the {frames} frames that its header promises")


def _require(held: float, declared: Fraction | float, found: str) -> None:
    if held < _COMPLETE * declared:
        raise ClipError(UNNAMED, "truncated", f"holds {found}; download or copy it again")


def decode_key_frames(video: Track) -> VideoFrame:
    """Decode all key frames; return the first frame, or raise a ClipError if a key frame cannot be decoded."""
    context, first = video.stream.codec_context, None
    if context.is_open:
        context.flush_buffers()
    try:
        for packet in (*(p for p in video.packets if p.is_keyframe), None):
            frames = context.decode(packet)
            first = first or next(iter(frames), None)
    except av.error.FFmpegError as error:
        detail = f"a frame cannot be decoded ({error.strerror}); download or copy it again"
        raise ClipError(UNNAMED, "damaged", detail) from error
    return first or video.first_frame()
