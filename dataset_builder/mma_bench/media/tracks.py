"""A clip as packets: its picture and its sound, on one clock that starts when the clip starts."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mma_bench.core.errors import ClipError

UNNAMED = "the clip"
"""In an error raised where the clip's name is not known; `reading` puts the name in its place."""


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
            return int(first.pts) * self.time_base + Fraction(trimmed_samples(first)[0], self.stream.rate)
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
        if context.is_open:
            context.flush_buffers()  # it may have been asked for the first frame before
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
        raise ClipError(UNNAMED, "damaged", "none of its frames can be decoded; download or copy it again")

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


def require_picture(recording: Recording) -> Track:
    """The picture of a recording.

    Raises:
        ClipError: it has none.
    """
    if recording.picture is None:
        raise ClipError(recording.name, "no_picture", "its video stream holds no frame; download or copy it again")
    return recording.picture


def make_packet(payload: bytes, pts: int, duration: int, time_base: Fraction, *, key: bool = True) -> Packet:
    """A packet of our own, decoded in the order of its presentation."""
    packet = av.Packet(payload)
    packet.pts = packet.dts = pts
    packet.duration = duration
    packet.time_base = time_base
    packet.is_keyframe = key
    return packet


def trimmed_samples(packet: Packet) -> tuple[int, int]:
    """Samples that a decoder is told to drop at the start and at the end of a packet."""
    if not packet.has_sidedata("skip_samples"):
        return 0, 0
    start, end = struct.unpack_from("<II", bytes(packet.get_sidedata("skip_samples")))
    return int(start), int(end)
