"""Read the packets of a clip."""

from fractions import Fraction
from typing import Literal

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

from mma_bench.core.errors import ClipError
from mma_bench.media import MAX_SECONDS
from mma_bench.media.container import (
    UNNAMED,
    Source,
    audio_stream,
    find_video_stream,
    name_of,
    open_media,
    reading,
    video_stream,
)
from mma_bench.media.timing import audio_track, video_track
from mma_bench.media.tracks import Recording, Track

Want = Literal["both", "video", "audio", "any"]
"""The streams to read. "both" and "video" require a video stream; "any" reads whichever streams exist."""


def read_recording(source: Source, want: Want = "both", *, name: str | None = None) -> Recording:
    """Demux the wanted streams of a clip, timed from its start. The start of an unread stream is read from the header.

    Args:
        source: the clip.
        want: the streams to read.
        name: name of the clip in messages; by default its path.

    Raises:
        ClipError: the file cannot be read, a stream is longer than `MAX_SECONDS`, or required video is missing.
    """
    name = name or name_of(source)
    with reading(name):
        container = open_media(source)
        try:
            video, audio = _demuxed(source, container, want)
        except BaseException:
            container.close()
            raise
        return Recording(name, video, audio, container)


def _demuxed(source: Source, container: InputContainer, want: Want) -> tuple[Track | None, Track | None]:
    seen = video_stream(container) if want in ("both", "video") else find_video_stream(container)
    heard = audio_stream(container)
    shown, heard, unread = {
        "both": (seen, heard, None),
        "any": (seen, heard, None),
        "video": (seen, None, heard),
        "audio": (None, heard, seen),
    }[want]
    wanted = [s for s in (shown, heard) if s is not None]
    for stream in container.streams:
        if stream not in wanted:
            stream.discard = Discard.all
    packets: dict[int, list[Packet]] = {s.index: [] for s in wanted}
    for packet in container.demux(wanted) if wanted else ():
        if packet.size:  # The flush packet is empty. Testing `dts is None` would drop reordered first frames.
            packets[packet.stream_index].append(packet)
    video = video_track(shown, packets[shown.index]) if shown and packets[shown.index] else None
    audio = audio_track(heard, packets[heard.index]) if heard and packets[heard.index] else None
    _start_at_zero(video, audio, _start_of(source, unread, audio))
    for track in (video, audio):
        if track and track.end > MAX_SECONDS:
            lasts = f"lasts {float(track.end):,.0f} s by its own clock"
            raise ClipError(UNNAMED, "too_large", f"{lasts}; at most {MAX_SECONDS} s are read. Cut it first")
    return video, audio


def _start_at_zero(video: Track | None, audio: Track | None, unread: tuple[Fraction, Fraction] | None) -> None:
    """Shift both tracks in place so that the clip starts at 0.

    `unread` are the times at which an unread stream starts to be decoded and to be played.
    """
    tracks = [t for t in (video, audio) if t]
    earliest = min([*(t.start for t in tracks), *((unread[1],) if unread else ())], default=Fraction(0))
    decoded, shown = (video.packets[0].dts * video.time_base, video.start) if video else unread or (earliest, earliest)
    if decoded < earliest < shown:
        # An mp4 cannot start its video slightly late if decoding begins before the start. The clip then starts with its
        # video; the audio before that (mostly an encoder's priming) is kept but not played.
        earliest = shown
    for track in tracks if earliest else ():
        track.delayed(-earliest)


def _start_of(
    source: Source, unread: VideoStream | AudioStream | None, audio: Track | None
) -> tuple[Fraction, Fraction] | None:
    """Return when a stream that was not read starts to be decoded and to be played; None if unknown."""
    if unread is None or unread.start_time is None:
        return None
    start = unread.start_time * unread.time_base
    if not isinstance(unread, VideoStream) or audio is None or start <= audio.start:
        return start, start
    # Only its first packet tells; this case is rare. Some files are not seekable, so the file is opened again.
    with open_media(source) as container:
        first = next((p for p in container.demux(container.streams[unread.index]) if p.size), None)
    return (start if first is None or first.dts is None else first.dts * first.time_base), start
