"""Read only the packets needed to decode a span of a long recording."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

from mma_bench.core.errors import ClipError, ClipProblem
from mma_bench.media import MAX_SECONDS
from mma_bench.media.container import Source, audio_stream, name_of, open_media, reading, video_stream
from mma_bench.media.encode_video import Span
from mma_bench.media.timing import audio_track, video_track
from mma_bench.media.tracks import UNNAMED, Track

_Kind = Literal["video", "audio"]

# Seconds of audio to decode before a span, because a decoder's first packets are wrong.
_RUN_UP = Fraction(1, 2)
# Seconds before the span to seek to, in order, until a seek lands early enough (transport streams have no index).
# None: read from the beginning.
_SEEK_OFFSETS: tuple[int | None, ...] = (0, 2, 10, 60, None)
_MOST_FOR_A_SECOND = 5000  # packets


@dataclass(frozen=True)
class Window:
    """The packets of a span, and the span on their clock; valid until this context manager exits."""

    name: str
    track: Track
    span: Span
    zero: Fraction
    """Start of the recording on the packets' clock, in seconds."""
    declared: Fraction | None
    """Length of the stream declared in the file's header, in seconds; None if unknown."""
    container: InputContainer = field(repr=False)

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self.container.close()

    def seconds(self, tolerance: Fraction, needed: Fraction) -> Fraction:
        """Return the seconds of the span that the track covers; its full length if at most `tolerance` is missing.

        Raises:
            ClipError: the track covers less than `needed`, or ends early although its header declares the whole span.
        """
        missing = self.span.end - self.track.end
        if missing <= tolerance:
            return self.span.seconds
        ends, asked = float(self.track.end - self.zero), self.span.end - self.zero
        what = "sound" if isinstance(self.track.stream, AudioStream) else "picture"
        found = f"its {what} ends at {ends:.2f} s where the cut ends at {float(asked):.2f} s"
        if self.declared is not None and self.declared >= asked:
            declared = f"its header promises {float(self.declared):.2f} s. Download or copy it again"
            raise ClipError(self.name, "truncated", f"{found}; {declared}")
        held = self.span.seconds - missing
        if held < needed:
            detail = f"{found}; at least {float(needed):g} s are needed. Leave the clip out"
            raise ClipError(self.name, "too_short", detail)
        return held


def read_window(source: Source, kind: _Kind, span: Span) -> Window:
    """Read the packets needed to decode a span, from the key frame before it (for audio, from half a second earlier).

    Args:
        source: the recording.
        kind: the stream to read.
        span: the span, in seconds from the first frame or sample of the recording.

    Raises:
        ClipError: the recording is unreadable or lacks the stream.
    """
    name = name_of(source)
    with reading(name):
        zero, head = _beginning(source)
        there = replace(span, start=span.start + zero, end=span.end + zero)
        wanted_from = there.start - (_RUN_UP if kind == "audio" else 0)
        for earlier in _SEEK_OFFSETS:
            container = open_media(source)
            stream = _stream(container, kind)
            target = None if earlier is None or wanted_from - zero < 2 else wanted_from - earlier
            packets = _packets(container, stream, target, wanted_from, there.end)
            if target is None or (packets and _is_entry(packets[0], wanted_from)):
                break
            container.close()
        if not packets:
            problem: ClipProblem = "no_picture" if kind == "video" else "no_sound"
            raise ClipError(name, problem, f"its {kind} stream holds nothing; download or copy it again")
        if isinstance(stream, AudioStream):
            track = _on_the_grid(audio_track(stream, packets), head)
        else:
            track = video_track(stream, packets, name)
        return Window(name, track, there, zero, _declared_length(container, stream), container)


def _beginning(source: Source) -> tuple[Fraction, Track | None]:
    """Return the recording's start on its packets' clock, and the first second of its audio."""
    with open_media(source) as container:
        video = None
        with suppress(ClipError):  # the file may have no video
            video = video_stream(container, UNNAMED)
        audio = audio_stream(container)
        first: dict[int, list[Packet]] = {s.index: [] for s in (video, audio) if s is not None}
        for count, packet in enumerate(container.demux([s for s in (video, audio) if s is not None]) if first else ()):
            if packet.size:
                first[packet.stream_index].append(packet)
            if count > _MOST_FOR_A_SECOND or all(_last_a_second(packets) for packets in first.values()):
                break
        head = audio_track(audio, first[audio.index]) if audio is not None and first[audio.index] else None
        starts = [head.start] if head else []
        if video is not None and first[video.index]:
            starts.append(video_track(video, first[video.index], UNNAMED).start)
        return min(starts, default=Fraction(0)), head


def _last_a_second(packets: list[Packet]) -> bool:
    times = [t for p in packets if (t := _time(p)) is not None]
    return bool(times) and times[-1] - times[0] >= 1


def _stream(container: InputContainer, kind: _Kind) -> VideoStream | AudioStream:
    stream = video_stream(container, UNNAMED) if kind == "video" else audio_stream(container)
    if stream is None:
        raise ClipError(UNNAMED, "no_sound", "holds no audio stream; a clip needs a picture and a sound")
    return stream


def _packets(
    container: InputContainer,
    stream: VideoStream | AudioStream,
    target: Fraction | None,
    wanted_from: Fraction,
    end: Fraction,
) -> list[Packet]:
    """Seek to `target`, and read from the last entry point at or before `wanted_from` until `end`."""
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
        if _is_past(packet, end):
            break
        _require_key_frames(kept)
    return kept


def _is_entry(packet: Packet, wanted_from: Fraction) -> bool:
    """Return whether decoding can start at a packet and reach `wanted_from`."""
    time = _time(packet)
    return packet.is_keyframe and time is not None and time <= wanted_from


def _is_past(packet: Packet, end: Fraction) -> bool:
    """Return whether all later packets are shown at or after `end`; the PTS is never before the DTS."""
    if packet.dts is not None:
        return bool(packet.dts * packet.time_base >= end)
    return packet.pts is not None and packet.pts * packet.time_base >= end + 10


def _require_key_frames(kept: list[Packet]) -> None:
    first, last = _time(kept[0]), _time(kept[-1])
    if first is not None and last is not None and last - first > 3 * MAX_SECONDS:
        raise ClipError(
            UNNAMED, "too_large", "its key frames are too far apart to be cut; re-encode it with more of them"
        )


def _time(packet: Packet) -> Fraction | None:
    ticks = packet.dts if packet.pts is None else packet.pts
    return None if ticks is None else ticks * packet.time_base


def _on_the_grid(audio: Track, head: Track | None) -> Track:
    """Snap audio to the packet grid of the recording's start if it is off by at most a container clock tick."""
    if head is None or {head.time_base, audio.time_base} != {Fraction(1, audio.stream.rate)}:
        return audio
    first, size = head.packets[0].pts, audio.packets[0].duration
    off = (audio.packets[0].pts - first + size // 2) % size - size // 2
    return audio.delayed(-off * audio.time_base) if abs(off) * audio.time_base <= audio.stream.time_base else audio


def _declared_length(container: InputContainer, stream: VideoStream | AudioStream) -> Fraction | None:
    """Return a stream's declared length, or the file's if it has no other stream; None if neither is declared."""
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    alone = len(container.streams.video) + len(container.streams.audio) == 1
    return Fraction(container.duration, av.time_base) if alone and container.duration else None
