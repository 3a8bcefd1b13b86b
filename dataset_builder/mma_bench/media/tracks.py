"""The packets of a clip, on one clock that starts when the clip starts."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mma_bench.errors import ClipError
from mma_bench.media.container import Source, name_of, open_media, picture_stream, reading, sound_stream

# Constant packet lengths, in samples. Matroska and FLV round times to milliseconds; counting packets restores them.
_FRAME_SIZES = {"aac": (1024, 2048), "mp3": (1152, 576)}


@dataclass(frozen=True)
class Track:
    """One stream's packets in decoding order, with the stream that describes their codec.

    Times count from the start of the clip: the first thing seen or heard is at 0.
    """

    stream: VideoStream | AudioStream
    packets: Sequence[Packet]

    @property
    def start(self) -> Fraction:
        """Seconds from the clip's start to the first frame shown or sample heard."""
        first = self.packets[0]
        if isinstance(self.stream, AudioStream):
            return first.pts * first.time_base + Fraction(_skipped_samples(first), self.stream.rate)
        return min(p.pts for p in self.packets if not p.is_discard) * first.time_base

    @property
    def end(self) -> Fraction:
        """Seconds from the clip's start to the end of the last packet shown or heard."""
        ends = [p.pts + p.duration for p in self.packets if not p.is_discard]
        return max(ends) * self.packets[0].time_base if ends else Fraction(0)

    @property
    def heard_end(self) -> Fraction:
        """Like `end`, but where an mp4's edit list cuts inside the last packet of sound, there."""
        container = self.stream.container
        if container.format.name.startswith("mov") and self.stream.duration:
            return min(self.end, self.start + self.stream.duration * self.stream.time_base)
        return self.end

    @property
    def last_duration(self) -> Fraction:
        """Seconds that the last packet lasts."""
        return self.packets[-1].duration * self.packets[-1].time_base

    def first_frame(self) -> VideoFrame:
        """Decode the first frame that can be decoded.

        Raises:
            ClipError: none can.
        """
        assert isinstance(self.stream, VideoStream)
        for packet in self.packets:
            for frame in self.stream.decode(packet):
                return frame
        for frame in self.stream.decode(None):
            return frame
        raise ClipError("clip", "damaged", "none of its frames can be decoded; download or copy it again")

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
        shift = round(seconds / self.packets[0].time_base)
        for packet in self.packets:
            packet.pts += shift
            packet.dts += shift
        return self


@dataclass(frozen=True)
class Recording:
    """The picture and the sound of a clip as packets. Holds its file open as long as it lives."""

    name: str
    picture: Track | None
    sound: Track | None
    container: InputContainer = field(repr=False)


def read_recording(source: Source, want: Literal["both", "picture", "sound"] = "both") -> Recording:
    """Demux the wanted streams of a clip; nothing is decoded.

    Raises:
        ClipError: the file cannot be read, or the picture is wanted and missing.
    """
    name = name_of(source)
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
            ),
            container,
        )


def _on_one_clock(picture: Track | None, sound: Track | None) -> tuple[Track | None, Track | None]:
    tracks = [t for t in (picture, sound) if t]
    earliest = min((t.start for t in tracks), default=Fraction(0))
    for track in tracks if earliest else ():
        track.delayed(-earliest)
    return picture, sound


def _skipped_samples(packet: Packet) -> int:
    """Samples at the start of the track that a decoder is told to drop (the encoder's priming)."""
    if not packet.has_sidedata("skip_samples"):
        return 0
    return int(struct.unpack_from("<I", bytes(packet.get_sidedata("skip_samples")))[0])


def _video_track(stream: VideoStream, packets: list[Packet], name: str) -> Track:
    reordered = stream.codec_context.has_b_frames
    for packet in packets:
        if packet.pts is None and not reordered:
            packet.pts = packet.dts
    if any(p.pts is None for p in packets):
        raise ClipError(name, "damaged", "its frames carry no presentation times; remux it, e.g. to mkv")
    if any(p.dts is None for p in packets) or any(a.dts >= b.dts for a, b in pairwise(packets)):
        _synthesise_dts(packets)
    shown = sorted(p.pts for p in packets)
    if any(not p.duration for p in packets):
        typical = _median([b - a for a, b in pairwise(shown)]) or 1
        for packet in packets:
            packet.duration = packet.duration or typical
    return Track(stream, packets)


def _synthesise_dts(packets: list[Packet]) -> None:
    """Decoding times that increase and never follow the presentation, from the presentation times alone."""
    shown = sorted(p.pts for p in packets)
    delay = max(s - p.pts for s, p in zip(shown, packets, strict=True))
    for packet, time in zip(packets, shown, strict=True):
        packet.dts = time - delay


def _audio_track(stream: AudioStream, packets: list[Packet]) -> Track:
    for packet in packets:
        packet.pts = packet.dts if packet.pts is None else packet.pts
    timed = [p for p in packets if p.pts is not None]
    if not timed:
        timed = packets
        timed[0].pts = 0
    base = packets[0].time_base
    step = _median([b.pts - a.pts for a, b in pairwise(timed)]) * base * stream.rate
    size = next((n for n in _FRAME_SIZES.get(stream.codec_context.name, ()) if abs(n - step) <= base * stream.rate), 0)
    gapless = abs((timed[-1].pts - timed[0].pts) * base * stream.rate - size * (len(timed) - 1)) < size
    if size and gapless and timed[0] is packets[0]:
        first, samples = round(packets[0].pts * base * stream.rate), Fraction(1, stream.rate)
        for k, packet in enumerate(packets):
            packet.time_base = samples
            packet.pts = packet.dts = first + k * size
            packet.duration = size
        return Track(stream, packets)
    kept: list[Packet] = []
    for packet in timed:
        if not kept or packet.pts > kept[-1].pts:
            packet.dts = packet.pts
            packet.duration = packet.duration or max(1, round(step / stream.rate / base))
            kept.append(packet)
    return Track(stream, kept)


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
