"""Represent a clip as a video and an audio track of packets, timed from the start of the clip; mux tracks to mp4."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from mma_bench.core.errors import ClipError
from mma_bench.media.container import UNNAMED

# Codec by decoder name, where the two differ.
_CODECS = {"libdav1d": "av1", "mp3float": "mp3", "libopus": "opus"}
_MUXER_OPTIONS = {
    "fflags": "+bitexact",  # otherwise the muxer writes its version into the file
    "movie_timescale": "90000",  # edit lists would otherwise be rounded to milliseconds
}


@dataclass(frozen=True)
class Track:
    """The packets of one stream in decoding order, with the stream that describes their codec.

    Times count from the start of the clip, where the first frame is shown or the first sample is heard.
    """

    stream: VideoStream | AudioStream
    packets: Sequence[Packet]
    demuxed: int = 0
    """Number of packets that the file holds of the stream, including those that are never shown."""

    @property
    def codec(self) -> str:
        """Name of the codec, regardless of which decoder reads it."""
        return codec_name(self.stream)

    @property
    def time_base(self) -> Fraction:
        """Seconds per tick of the packets' timestamps."""
        base: Fraction = self.packets[0].time_base
        return base

    @property
    def start(self) -> Fraction:
        """Seconds from the clip's start to the first frame or sample."""
        if isinstance(self.stream, AudioStream):
            first = self.packets[0]
            return int(first.pts) * self.time_base + Fraction(trimmed_samples(first)[0], self.stream.rate)
        return int(min(p.pts for p in self.packets if not p.is_discard)) * self.time_base

    @property
    def end(self) -> Fraction:
        """Seconds from the clip's start to the end of the last packet that is played."""
        ends = [p.pts + p.duration for p in self.packets if not p.is_discard]
        return int(max(ends)) * self.time_base if ends else Fraction(0)

    @property
    def needs_no_edit_list(self) -> bool:
        """True if a copy shows every packet without an edit list.

        The first packet is a key frame and shown first, every packet is shown, and the decoder's configuration never
        changes.
        """
        first = self.packets[0]
        shown = all(first.pts <= packet.pts and not packet.is_discard for packet in self.packets)
        return shown and first.is_keyframe and not any(p.has_sidedata("new_extradata") for p in self.packets)

    @property
    def hides_frames(self) -> bool:
        """True if frames after the end are needed to decode others: a copy in an mp4 would show them."""
        end = round(self.end / self.time_base)
        return any(packet.is_discard and packet.pts >= end for packet in self.packets)

    @property
    def changes_format(self) -> bool:
        """True if AAC of a transport stream changes its rate or channels, which an mp4 declares once."""
        if self.codec != "aac" or self.stream.codec_context.extradata:
            return False
        # In an ADTS header, bytes 2 and 3 have the profile, the rate, a private bit and the channels.
        headers = [bytes(packet)[2:4] for packet in self.packets]
        return len({(header[0] & 0b11111101, header[1] & 0b11000000) for header in headers if len(header) == 2}) > 1

    @property
    def last_duration(self) -> Fraction:
        """Duration of the last packet in seconds."""
        return int(self.packets[-1].duration) * self.time_base

    def decoded(self) -> Iterator[Any]:
        """Yield the decoded video or audio frames, timed in `time_base`; corrupt packets are skipped."""
        context = self.stream.codec_context
        if context.is_open:
            context.flush_buffers()  # it may have decoded the first frame before
        for packet in (*self.packets, None):
            with suppress(av.error.InvalidDataError):
                yield from context.decode(packet)

    def first_frame(self) -> VideoFrame:
        """Return the first frame that can be decoded; raise a ClipError if there is none."""
        frame: VideoFrame | None = next(self.decoded(), None)
        if frame is None:
            raise ClipError(UNNAMED, "damaged", "none of its frames can be decoded; download or copy it again")
        return frame

    @property
    def sha256(self) -> str:
        """Digest of the packets' payloads, independent of the container."""
        digest = hashlib.sha256()
        for packet in self.packets:
            digest.update(packet)
        return digest.hexdigest()

    def delayed(self, seconds: Fraction) -> Track:
        """Delay the packets in place by `seconds` and return the track."""
        # Rounded once per track, so that the distances between packets stay the same.
        shift = round(seconds / self.time_base)
        for packet in self.packets:
            packet.pts += shift
            packet.dts += shift
        return self


@dataclass(frozen=True)
class Recording:
    """The video and audio tracks of a clip, valid until this context manager exits."""

    name: str
    video: Track | None
    audio: Track | None
    container: InputContainer = field(repr=False)

    @property
    def sound(self) -> Track | None:
        """Alias of `audio` for scripts written for version 0.1.0."""
        return self.audio

    def require_video(self) -> Track:
        """Return the video track; raise a ClipError if there is none."""
        if self.video is None:
            raise ClipError(self.name, "no_picture", "its video stream holds no frame; download or copy it again")
        return self.video

    def require_audio(self) -> Track:
        """Return the audio track; raise a ClipError if there is none."""
        if self.audio is None:
            raise ClipError(self.name, "no_sound", "holds no audio stream; a clip needs a picture and a sound")
        return self.audio

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.container.close()


def codec_name(stream: VideoStream | AudioStream) -> str:
    """Return the name of a stream's codec, regardless of which decoder reads it."""
    name: str = stream.codec_context.name
    return _CODECS.get(name, name)


def mux_mp4(*tracks: Track) -> bytes:
    """Copy the packets of the tracks into one mp4; the output is deterministic."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options=_MUXER_OPTIONS) as out:
        streams = [out.add_stream_from_template(t.stream, opaque=True) for t in tracks]
        timed = []
        for order, track in enumerate(tracks):
            seconds = float(track.time_base)
            timed += [(packet.dts * seconds, order, packet) for packet in track.packets]
        for _, order, packet in sorted(timed, key=lambda t: t[:2]):
            packet.stream = streams[order]
            out.mux(packet)
    return buffer.getvalue()


def make_packet(payload: bytes, pts: int, duration: int, time_base: Fraction, *, key: bool = True) -> Packet:
    """Create a packet whose DTS equals its PTS."""
    packet = av.Packet(payload)
    packet.pts = packet.dts = pts
    packet.duration = duration
    packet.time_base = time_base
    packet.is_keyframe = key
    return packet


def silent_frame(samples: int, sample_format: str, layout: str, rate: int) -> AudioFrame:
    """Create an audio frame of zeros."""
    frame = AudioFrame(format=sample_format, layout=layout, samples=samples)
    frame.sample_rate = rate
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame


def trimmed_samples(packet: Packet) -> tuple[int, int]:
    """Return the numbers of samples that a decoder must drop at the start and at the end of a packet."""
    if not packet.has_sidedata("skip_samples"):
        return 0, 0
    start, end = struct.unpack_from("<II", bytes(packet.get_sidedata("skip_samples")))
    return int(start), int(end)
