"""Reading the packets of a clip."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

from mma_bench.core.errors import ClipError
from mma_bench.media.container import Source, name_of, open_media, picture_stream, reading, sound_stream
from mma_bench.media.timing import audio_track, video_track
from mma_bench.media.tracks import UNNAMED, Recording, Track

Want = Literal["both", "picture", "sound", "whatever is there"]


MAX_SECONDS = 600
"""The longest clip that is read; the benchmark's have 10 s. Times come from the file, and memory follows from them."""


def read_recording(source: Source, want: Want = "both", *, name: str | None = None) -> Recording:
    """Demux the wanted streams of a clip; nothing is decoded.

    Args:
        source: the clip.
        want: streams that are not wanted are skipped by the demuxer; without them the clip's start is less exact.
        name: how messages call the clip, if not by its path.

    Raises:
        ClipError: the file cannot be read, or the picture is wanted and missing.
    """
    name = name or name_of(source)
    with reading(name):
        container = open_media(source)
        has_picture = want != "whatever is there" or bool(container.streams.video)
        video = picture_stream(container, name) if want != "sound" and has_picture else None
        audio = sound_stream(container) if want != "picture" else None
        wanted = [s for s in (video, audio) if s is not None]
        for stream in container.streams:
            if stream not in wanted:
                stream.discard = Discard.all
        packets: dict[int, list[Packet]] = {s.index: [] for s in wanted}
        for packet in container.demux(wanted) if wanted else ():
            if packet.size:  # The flush packet has none. Testing `dts is None` would drop reordered first frames.
                packets[packet.stream_index].append(packet)
        picture, sound = _on_one_clock(
            video_track(video, packets[video.index], name) if video and packets[video.index] else None,
            audio_track(audio, packets[audio.index]) if audio and packets[audio.index] else None,
            unread=[s for s in (*container.streams.video[:1], *container.streams.audio[:1]) if s not in wanted],
        )
        _require_a_sane_length(picture, sound)
        return Recording(name, picture, sound, container)


def _require_a_sane_length(picture: Track | None, sound: Track | None) -> None:
    for track in (picture, sound):
        if track and track.end > MAX_SECONDS:
            raise ClipError(
                UNNAMED,
                "too_large",
                f"lasts {float(track.end):,.0f} s by its own clock; at most {MAX_SECONDS} s are read. Cut it first",
            )


def _on_one_clock(
    picture: Track | None, sound: Track | None, *, unread: Sequence[VideoStream | AudioStream]
) -> tuple[Track | None, Track | None]:
    tracks = [t for t in (picture, sound) if t]
    others = [s.start_time * s.time_base for s in unread if s.start_time is not None]
    earliest = min([*(t.start for t in tracks), *others], default=Fraction(0))
    if picture and picture.packets[0].dts * picture.time_base < earliest < picture.start:
        # mp4 cannot say "starts a little late" of a picture that is decoded from before the start. The clip then starts
        # with its picture, and the moment of sound before (mostly an encoder's priming) is kept but not played.
        earliest = picture.start
    for track in tracks if earliest else ():
        track.delayed(-earliest)
    return picture, sound
