"""Read the packets of a clip."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

from mma_bench.core.errors import ClipError
from mma_bench.media import MAX_SECONDS
from mma_bench.media.container import UNNAMED, Source, audio_stream, name_of, open_media, reading, video_stream
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
        has_video = want != "any" or bool(container.streams.video)
        shown = video_stream(container) if want != "audio" and has_video else None
        heard = audio_stream(container) if want != "video" else None
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
        unread = [s for s in (*container.streams.video[:1], *container.streams.audio[:1]) if s not in wanted]
        _start_at_zero(video, audio, unread)
        for track in (video, audio):
            if track and track.end > MAX_SECONDS:
                lasts = f"lasts {float(track.end):,.0f} s by its own clock"
                raise ClipError(UNNAMED, "too_large", f"{lasts}; at most {MAX_SECONDS} s are read. Cut it first")
        return Recording(name, video, audio, container)


def _start_at_zero(video: Track | None, audio: Track | None, unread: Sequence[VideoStream | AudioStream]) -> None:
    """Shift both tracks in place so that the clip starts at 0."""
    tracks = [t for t in (video, audio) if t]
    others = [s.start_time * s.time_base for s in unread if s.start_time is not None]
    earliest = min([*(t.start for t in tracks), *others], default=Fraction(0))
    if video and video.packets[0].dts * video.time_base < earliest < video.start:
        # An mp4 cannot start its video slightly late if decoding begins before the start. The clip then starts with its
        # video; the audio before that (mostly an encoder's priming) is kept but not played.
        earliest = video.start
    for track in tracks if earliest else ():
        track.delayed(-earliest)
