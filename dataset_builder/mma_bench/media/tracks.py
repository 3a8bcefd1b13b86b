"""The packets of a clip, on one clock that starts when the clip starts."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mma_bench.errors import ClipError
from mma_bench.media.container import Source, name_of, open_media, picture_stream, reading, sound_stream

Want = Literal["both", "picture", "sound"]

_UNNAMED = "the clip"  # `reading` puts the name in its place

# Constant packet lengths, in samples. Matroska and FLV round times to milliseconds; counting packets restores them.
_FRAME_SIZES = {"aac": (1024, 2048), "mp3": (1152, 576), "opus": (960, 480, 1920, 2880, 240, 120)}


@dataclass(frozen=True)
class Track:
    """One stream's packets in decoding order, with the stream that describes their codec.

    Times count from the start of the clip: the first thing seen or heard is at 0.
    """

    stream: VideoStream | AudioStream
    packets: Sequence[Packet]

    @property
    def time_base(self) -> Fraction:
        """Seconds per tick of the packets' times."""
        base: Fraction = self.packets[0].time_base
        return base

    @property
    def start(self) -> Fraction:
        """Seconds from the clip's start to the first frame shown or sample heard."""
        if isinstance(self.stream, AudioStream):
            first = self.packets[0]
            return int(first.pts) * self.time_base + Fraction(_skipped_samples(first), self.stream.rate)
        return int(min(p.pts for p in self.packets if not p.is_discard)) * self.time_base

    @property
    def end(self) -> Fraction:
        """Seconds from the clip's start to the end of the last packet shown or heard."""
        ends = [p.pts + p.duration for p in self.packets if not p.is_discard]
        return int(max(ends)) * self.time_base if ends else Fraction(0)

    @property
    def last_duration(self) -> Fraction:
        """Seconds that the last packet lasts."""
        return int(self.packets[-1].duration) * self.time_base

    def decoded(self) -> Iterator[Any]:
        """Decode the packets: video or audio frames, timed in `time_base`. A broken packet is passed over."""
        context = self.stream.codec_context
        for packet in (*self.packets, None):
            with suppress(av.error.InvalidDataError):
                yield from context.decode(packet)

    def first_frame(self) -> VideoFrame:
        """The first frame that can be decoded.

        Raises:
            ClipError: none can.
        """
        for frame in self.decoded():
            assert isinstance(frame, VideoFrame)
            return frame
        raise ClipError(_UNNAMED, "damaged", "none of its frames can be decoded; download or copy it again")

    @property
    def sha256(self) -> str:
        """Digest of the packets' payloads, whatever the container around them."""
        digest = hashlib.sha256()
        for packet in self.packets:
            digest.update(packet)
        return digest.hexdigest()

    def delayed(self, seconds: Fraction) -> Track:
        """The same packets, later. Moves the packets themselves."""
        # Rounded once per track, so that no two packets change their distance.
        shift = round(seconds / self.time_base)
        for packet in self.packets:
            packet.pts += shift
            packet.dts += shift
        return self


@dataclass(frozen=True)
class Recording:
    """The picture and the sound of a clip as packets. A context manager: its tracks live until it is left."""

    name: str
    picture: Track | None
    sound: Track | None
    container: InputContainer = field(repr=False)

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.container.close()


def read_recording(source: Source, want: Want = "both", *, name: str | None = None) -> Recording:
    """Demux the wanted streams of a clip; nothing is decoded.

    Args:
        source: the clip.
        want: streams that are not wanted are skipped by the demuxer.
        name: how messages call the clip, if not by its path.

    Raises:
        ClipError: the file cannot be read, or the picture is wanted and missing.
    """
    name = name or name_of(source)
    with reading(name):
        container = open_media(source)
        video = picture_stream(container, name) if want != "sound" else None
        audio = sound_stream(container) if want != "picture" else None
        wanted = [s for s in (video, audio) if s is not None]
        for stream in container.streams:
            if stream not in wanted:
                stream.discard = Discard.all
        packets: dict[int, list[Packet]] = {s.index: [] for s in wanted}
        for packet in container.demux(wanted) if wanted else ():
            if packet.size:  # The flush packet has none. Testing `dts is None` would drop reordered first frames.
                packets[packet.stream_index].append(packet)
        return Recording(
            name,
            *_on_one_clock(
                _video_track(video, packets[video.index], name) if video and packets[video.index] else None,
                _audio_track(audio, packets[audio.index]) if audio and packets[audio.index] else None,
                unread=[s for s in (*container.streams.video[:1], *container.streams.audio[:1]) if s not in wanted],
            ),
            container,
        )


def require_picture(recording: Recording) -> Track:
    """The picture of a recording.

    Raises:
        ClipError: it has none.
    """
    if recording.picture is None:
        raise ClipError(recording.name, "no_picture", "its video stream holds no frame; download or copy it again")
    return recording.picture


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


def _skipped_samples(packet: Packet) -> int:
    """Samples at the start of the track that a decoder is told to drop (the encoder's priming)."""
    return _trimming(packet)[0]


def _trimming(packet: Packet) -> tuple[int, int]:
    """Samples that a decoder is told to drop at the start and at the end of a packet."""
    if not packet.has_sidedata("skip_samples"):
        return 0, 0
    start, end = struct.unpack_from("<II", bytes(packet.get_sidedata("skip_samples")))
    return int(start), int(end)


def _video_track(stream: VideoStream, packets: list[Packet], name: str) -> Track:
    if stream.codec_context.has_b_frames and stream.container.format.name == "avi":
        _order_by_decoding(stream, packets)
    for packet in packets:
        packet.pts = packet.dts if packet.pts is None else packet.pts
    if any(p.pts is None for p in packets):
        raise ClipError(name, "damaged", "its frames carry no presentation times; remux it, e.g. to mkv")
    if any(p.dts is None or p.dts > p.pts for p in packets) or any(a.dts >= b.dts for a, b in pairwise(packets)):
        _synthesise_dts(packets)
    shown = sorted(p.pts for p in packets)
    if any(not p.duration for p in packets):
        typical = _median([b - a for a, b in pairwise(shown)]) or 1
        for packet in packets:
            packet.duration = packet.duration or typical
    return Track(stream, packets)


def _order_by_decoding(stream: VideoStream, packets: list[Packet]) -> None:
    """Presentation times where the container has none (AVI): only the decoder knows which frame is shown when."""
    context = stream.codec_context
    context.copy_opaque = True
    for k, packet in enumerate(packets):
        packet.opaque = k
    shown = [int(frame.opaque) for packet in (*packets, None) for frame in context.decode(packet)]
    context.flush_buffers()
    times = sorted(p.dts for p in packets if p.dts is not None)
    for k, time in zip(shown, times, strict=False):
        packets[k].pts = time


def _synthesise_dts(packets: list[Packet]) -> None:
    """Decoding times that increase and never follow the presentation, from the presentation times alone."""
    shown = sorted(p.pts for p in packets)
    delay = max(s - p.pts for s, p in zip(shown, packets, strict=True))
    for packet, time in zip(packets, shown, strict=True):
        packet.dts = time - delay


def _audio_track(stream: AudioStream, packets: list[Packet]) -> Track:
    for packet in packets:
        packet.pts = packet.dts if packet.pts is None else packet.pts
    if packets[0].pts is None:
        packets[0].pts = 0
    timed = [p for p in packets if p.pts is not None]
    exact = stream.time_base == Fraction(1, stream.rate)
    track = (None if exact else _counted(stream, packets, timed)) or _monotonic(stream, timed)
    _end_where_it_is_heard_to(track)
    return track


def _counted(stream: AudioStream, packets: list[Packet], timed: list[Packet]) -> Track | None:
    """The packets timed by counting their samples, if they follow each other without a gap."""
    base, rate = packets[0].time_base, stream.rate
    tick = base * rate
    step = _median([b.pts - a.pts for a, b in pairwise(timed)]) * tick
    size = next((n for n in _FRAME_SIZES.get(stream.codec_context.name, ()) if abs(n - step) <= tick), 0)
    span = (timed[-1].pts - timed[0].pts) * tick
    if not size or abs(span - size * (len(packets) - 1)) >= size:
        return None
    first = round(packets[0].pts * tick)
    priming = _skipped_samples(packets[0])
    if 0 < abs(first + priming) <= tick:
        first = -priming  # off by the rounding of its container's clock
    last = min(size, round(packets[-1].duration * tick) or size)
    samples = Fraction(1, rate)
    for k, packet in enumerate(packets):
        packet.time_base = samples
        packet.pts = packet.dts = first + k * size
        packet.duration = size
    packets[-1].duration = last
    return Track(stream, packets)


def _monotonic(stream: AudioStream, timed: list[Packet]) -> Track:
    """The packets at their own times; one that does not come after the one before is left out."""
    typical = _median([b.pts - a.pts for a, b in pairwise(timed)]) or 1
    kept: list[Packet] = []
    for packet in timed:
        if not kept or packet.pts > kept[-1].pts:
            packet.dts = packet.pts
            packet.duration = packet.duration or typical
            kept.append(packet)
    return Track(stream, kept)


def _end_where_it_is_heard_to(track: Track) -> None:
    """Shorten the last packet where the file says that its end is not played."""
    stream, last = track.stream, track.packets[-1]
    end = track.end - Fraction(_trimming(last)[1], stream.rate)
    if stream.container.format.name.startswith("mov") and stream.duration:
        end = min(end, track.start + stream.duration * stream.time_base)
    last.duration = max(1, round(end / last.time_base) - last.pts)


def make_packet(payload: bytes, pts: int, duration: int, time_base: Fraction, *, key: bool = True) -> Packet:
    """A packet of our own, decoded in the order of its presentation."""
    packet = av.Packet(payload)
    packet.pts = packet.dts = pts
    packet.duration = duration
    packet.time_base = time_base
    packet.is_keyframe = key
    return packet


def _median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2] if values else 0
