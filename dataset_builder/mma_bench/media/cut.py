"""Cut a clip from a longer recording, reading only the packets needed to decode it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import av
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

from mma_bench.core.errors import ClipError
from mma_bench.media import MAX_SECONDS
from mma_bench.media.container import (
    UNNAMED,
    Source,
    audio_stream,
    declared_seconds,
    find_video_stream,
    name_of,
    open_media,
    reading,
    video_stream,
)
from mma_bench.media.encode import Span, encode_audio, encode_video
from mma_bench.media.timing import audio_track, video_track
from mma_bench.media.tracks import Track, mux_mp4

_Stream: TypeAlias = VideoStream | AudioStream

# Seconds of audio that may be missing at the end of a cut.
_MISSING_SOUND = Fraction(50, 1000)
# Seconds of audio to decode before a span, because a decoder's first packets are wrong.
_RUN_UP = Fraction(1, 2)
# Seconds before the span to seek to, in order, until a seek lands early enough (transport streams have no index).
# None: read from the beginning.
_SEEK_OFFSETS: tuple[int | None, ...] = (0, 2, 10, 60, None)
_MOST_FOR_A_SECOND = 5000  # packets


def cut(
    video: Source,
    audio: Source,
    *,
    start: Fraction | float,
    end: Fraction | float,
    at_least: Fraction | float | None = None,
    max_height: int | None = None,
) -> bytes:
    """Cut the span from `start` to `end`, exact to the frame and the sample, and encode it as an mp4 (H.264, AAC).

    The cut begins with the frame on screen and the sample played at `start`; both streams have the same length. Reading
    starts at the key frame before the span, so cutting a long recording is cheap.

    Args:
        video: the recording with the video stream.
        audio: the recording with the audio stream; another file if the streams are published separately.
        start: seconds from the recording's first frame or sample; two files are each timed from their own start.
        end: seconds on the same clock; at most `MAX_SECONDS` after `start`.
        at_least: shortest acceptable length of the cut in seconds. If a stream ends before `end`, both are cut there.
            By default the whole span is required.
        max_height: scale taller frames down to this height in pixels.

    Raises:
        ClipError: the span is longer than `MAX_SECONDS`, or a recording is unreadable, lacks its stream, or ends too
            early: the video by more than a frame or the audio by more than 50 ms. Smaller gaps are filled with the last
            frame or silence.
        ValueError: not 0 <= start < end.
    """
    span = Span(_exactly(start), _exactly(end), max_height)
    if not 0 <= span.start < span.end:
        raise ValueError(f"span from {float(span.start):g} to {float(span.end):g} s; expected 0 <= start < end")
    if span.seconds > MAX_SECONDS:
        asked = f"a cut of {float(span.seconds):,.0f} s was asked for"
        raise ClipError(name_of(video), "too_large", f"{asked}; at most {MAX_SECONDS} s are made")
    needed = span.seconds if at_least is None else min(span.seconds, _exactly(at_least))
    with read_window(video, "video", span) as seen, read_window(audio, "audio", span) as heard:
        seconds = min(seen.seconds(seen.track.last_duration, needed), heard.seconds(_MISSING_SOUND, needed))
        with reading(seen.name):
            shown = encode_video(seen.track, seen.span.first(seconds))
        with reading(heard.name):
            return mux_mp4(shown, encode_audio(heard.track, heard.span.first(seconds)))


def _exactly(seconds: Fraction | float) -> Fraction:
    """Convert seconds to an exact fraction, reading 0.1 as 1/10."""
    return Fraction(seconds).limit_denominator(1_000_000)


@dataclass(frozen=True)
class Window:
    """The packets needed to decode a span, and the span in seconds on the clock of these packets."""

    name: str
    track: Track
    span: Span
    zero: Fraction
    """Start of the recording on the packets' clock, in seconds."""
    declared: Fraction | None
    """Length of the stream declared in the file's header, in seconds; None if unknown."""

    def seconds(self, tolerance: Fraction, needed: Fraction) -> Fraction:
        """Return how many seconds of the span the track covers: all if at most `tolerance` seconds are missing.

        Raises:
            ClipError: the track covers less than `needed`, or ends early although the header declares the whole span.
        """
        missing = self.span.end - self.track.end
        if missing <= tolerance:
            return self.span.seconds
        asked = self.span.end - self.zero
        what = "sound" if isinstance(self.track.stream, AudioStream) else "picture"
        ends = f"its {what} ends at {float(self.track.end - self.zero):.2f} s"
        found = f"{ends} where the cut ends at {float(asked):.2f} s"
        if self.declared is not None and self.declared >= asked:
            declared = f"its header promises {float(self.declared):.2f} s. Download or copy it again"
            raise ClipError(self.name, "truncated", f"{found}; {declared}")
        if self.span.seconds - missing < needed:
            detail = f"{found}; at least {float(needed):g} s are needed. Leave the clip out"
            raise ClipError(self.name, "too_short", detail)
        return self.span.seconds - missing


@contextmanager
def read_window(source: Source, kind: Literal["video", "audio"], span: Span) -> Iterator[Window]:
    """Read the packets needed to decode a span, from the key frame before it (for audio, from half a second earlier).

    The span is in seconds from the recording's first frame or sample. The window is valid inside the `with` block.

    Raises:
        ClipError: the recording is unreadable or has no stream of this kind.
    """
    name = name_of(source)
    with reading(name):
        zero, head = _beginning(source)
        there = replace(span, start=span.start + zero, end=span.end + zero)
        wanted_from = there.start - (_RUN_UP if kind == "audio" else 0)
        for earlier in _SEEK_OFFSETS:
            container = open_media(source)
            stream = video_stream(container) if kind == "video" else audio_stream(container)
            if stream is None:
                raise ClipError(name, "no_sound", "holds no audio stream; a clip needs a picture and a sound")
            target = None if earlier is None or wanted_from - zero < 2 else wanted_from - earlier
            packets = _packets(stream, target, wanted_from, there.end)
            if target is None or (packets and _is_entry(packets[0], wanted_from)):
                break
            container.close()
        if not packets:
            problem = f"its {kind} stream holds nothing; download or copy it again"
            raise ClipError(name, "no_picture" if kind == "video" else "no_sound", problem)
        track = video_track(stream, packets) if kind == "video" else _on_the_grid(audio_track(stream, packets), head)
    with container:
        yield Window(name, track, there, zero, declared_seconds(stream))


def _beginning(source: Source) -> tuple[Fraction, Track | None]:
    """Return the recording's start on its packets' clock, and the first second of its audio."""
    with open_media(source) as container:
        video, audio = find_video_stream(container), audio_stream(container)
        streams = [s for s in (video, audio) if s is not None]
        first: dict[int, list[Packet]] = {s.index: [] for s in streams}
        for count, packet in enumerate(container.demux(streams) if streams else ()):
            if packet.size:
                first[packet.stream_index].append(packet)
            if count > _MOST_FOR_A_SECOND or all(map(_last_a_second, first.values())):
                break
        head = audio_track(audio, first[audio.index]) if audio is not None and first[audio.index] else None
        starts = [head.start] if head else []
        if video is not None and first[video.index]:
            starts.append(video_track(video, first[video.index]).start)
        return min(starts, default=Fraction(0)), head


def _last_a_second(packets: list[Packet]) -> bool:
    times = [t for p in packets if (t := _time(p)) is not None]
    return bool(times) and times[-1] - times[0] >= 1


def _packets(stream: _Stream, target: Fraction | None, wanted_from: Fraction, end: Fraction) -> list[Packet]:
    """Seek to `target`, and read the packets from the last key frame at or before `wanted_from` until `end`."""
    container = stream.container
    if target is not None:
        try:
            container.seek(round(target * av.time_base))
        except av.error.FFmpegError:
            return []
    for other in container.streams:
        if other is not stream:
            other.discard = Discard.all  # only after the seek, which uses whichever stream has an index
    kept: list[Packet] = []
    for packet in container.demux(stream):
        if not packet.size:
            continue
        if _is_entry(packet, wanted_from):
            kept = []
        kept.append(packet)
        # The PTS is never before the DTS: all later packets are shown at or after `end`.
        if packet.dts is not None and packet.dts * packet.time_base >= end:
            break
        if packet.dts is None and packet.pts is not None and packet.pts * packet.time_base >= end + 10:
            break
        first, last = _time(kept[0]), _time(packet)
        if first is not None and last is not None and last - first > 3 * MAX_SECONDS:
            detail = "its key frames are too far apart to be cut; re-encode it with more of them"
            raise ClipError(UNNAMED, "too_large", detail)
    return kept


def _is_entry(packet: Packet, wanted_from: Fraction) -> bool:
    """Return whether a packet is a key frame at or before `wanted_from`, so that decoding can start there."""
    time = _time(packet)
    return packet.is_keyframe and time is not None and time <= wanted_from


def _time(packet: Packet) -> Fraction | None:
    ticks = packet.dts if packet.pts is None else packet.pts
    return None if ticks is None else ticks * packet.time_base


def _on_the_grid(audio: Track, head: Track | None) -> Track:
    """Align audio with the packet grid of the recording's start if it is off by at most one container clock tick."""
    if head is None or {head.time_base, audio.time_base} != {Fraction(1, audio.stream.rate)}:
        return audio
    first, size = head.packets[0].pts, audio.packets[0].duration
    off = (audio.packets[0].pts - first + size // 2) % size - size // 2
    return audio.delayed(-off * audio.time_base) if abs(off) * audio.time_base <= audio.stream.time_base else audio
