"""Generate silent audio and black video by encoding a few packets per format and repeating them."""

import io
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import ceil

import av
import numpy as np
from av.video.stream import VideoStream

from mma_bench.media.demux import read_recording
from mma_bench.media.orientation import orientation_of
from mma_bench.media.tracks import Track, make_packet, silent_frame, trimmed_samples

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
_ENCODERS = {"aac": "aac", "mp3": "libmp3lame", "opus": "libopus", "flac": "flac"}
# Without the bit reservoir, MP3 frames are independent and can be repeated.
_ENCODER_OPTIONS = {"mp3": {"reservoir": "0"}}
_FIXED_LENGTH = frozenset({"aac", "mp3", "opus"})
MOST_CHANNELS = 6
"""Channels of silence that can be made (5.1): PyAV cannot fill frames of eight, and few browsers play more."""
_GOP = 30
_BLACK_LUMA, _GREY_CHROMA = 16, 128


def silence(length: Fraction, *, rate: int = 44100, layout: str = "stereo") -> Track:
    """Generate `length` seconds of silent AAC, at 48 kHz or in stereo if AAC does not support the rate or layout."""
    rate = rate if rate in _AAC_RATES else 48000
    layout = layout if av.AudioLayout(layout).nb_channels <= MOST_CHANNELS else "stereo"
    try:
        silent, payloads = _silent_packets("aac", rate, layout, "fltp")
    except (av.error.FFmpegError, ValueError):  # the encoder does not support the layout
        silent, payloads = _silent_packets("aac", rate, "stereo", "fltp")
    payload, base, samples = payloads[0], Fraction(1, rate), round(length * rate)
    # Shorten the declared duration of the last packet to make the length exact to the sample.
    return Track(
        silent.stream, [make_packet(payload, at, min(1024, samples - at), base) for at in range(0, samples, 1024)]
    )


def fit_audio(audio: Track, length: Fraction) -> Track:
    """Trim audio to `length` seconds, or pad it with silence in its codec; the result may be one packet too long."""
    cut = ceil(length / audio.time_base)
    kept = [p for p in audio.packets if p.pts < cut]
    if not kept:
        return silence(length, rate=audio.stream.rate, layout=audio.stream.layout.name)
    last, base = kept[-1], kept[-1].time_base
    if (last.pts + last.duration) * base < length:
        if audio.codec in _FIXED_LENGTH:  # decoded whole, though the last one of a file is declared shorter
            whole = max(p.duration for p in kept[-2:])
            if trimmed_samples(last)[1] and len(kept) > 1:  # a first packet's trimming at its start has to stay
                last = kept[-1] = make_packet(bytes(last), last.pts, whole, base)
            last.duration = whole
        end, context = last.pts + last.duration, audio.stream.codec_context
        silent, payloads = _silent_packets(audio.codec, context.sample_rate, context.layout.name, context.format.name)
        duration = round(silent.packets[3].duration * silent.time_base / base)
        count = max(0, ceil((length - end * base) / (duration * base)))
        kept += [make_packet(payloads[k % len(payloads)], end + k * duration, duration, base) for k in range(count)]
    return Track(audio.stream, kept)


@lru_cache(maxsize=64)
def _silent_packets(codec: str, rate: int, layout: str, sample_format: str) -> tuple[Track, tuple[bytes, ...]]:
    """Encode silence; return the track and the payloads of three packets that follow the encoder's priming."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        encoder = _ENCODERS[codec]
        stream = out.add_stream(encoder, rate=rate, layout=layout, options=_ENCODER_OPTIONS.get(codec, {}))
        formats = [f.name for f in av.Codec(encoder, "w").audio_formats or ()]
        stream.codec_context.format = sample_format if sample_format in formats else formats[0]
        stream.codec_context.open()
        samples = stream.codec_context.frame_size or 1024
        for k in range(8):
            frame = silent_frame(samples, stream.codec_context.format.name, layout, rate)
            frame.pts = k * samples
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    audio = read_recording(buffer.getvalue(), "audio").require_audio()
    return audio, tuple(bytes(p) for p in audio.packets[3:6])


def black(video: Track) -> Track:
    """Replace every frame with a black frame of the same timestamp, size, aspect ratio and rotation."""
    rotation, base, context = orientation_of(video.first_frame()).rotation, video.time_base, video.stream.codec_context
    aspect = context.sample_aspect_ratio or Fraction(1)
    stream, gop = _black_gop(context.width, context.height, base, aspect, rotation)
    times = sorted(p.pts for p in video.packets if not p.is_discard)
    durations = [b - a for a, b in pairwise(times)] + [max(1, round(video.end / base) - times[-1])]
    frames = enumerate(zip(times, durations, strict=True))
    return Track(stream, [make_packet(gop[k % _GOP], at, lasts, base, key=k % _GOP == 0) for k, (at, lasts) in frames])


@lru_cache(maxsize=64)
def _black_gop(
    width: int, height: int, time_base: Fraction, aspect: Fraction, rotation: int
) -> tuple[VideoStream, tuple[bytes, ...]]:
    """Encode one GOP of black frames as H.264, or as VP9 if a side is odd, which H.264 4:2:0 does not support."""
    odd = width % 2 or height % 2
    # A quantiser above qp 18 turns black into Y=17 (RGB 1).
    options = {"lag-in-frames": "0", "crf": "10"} if odd else {"qp": "18", "bf": "0", "threads": "1"}
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("libvpx-vp9" if odd else "libx264", rate=_GOP, options={**options, "g": str(_GOP)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        stream.codec_context.time_base = time_base
        if rotation:
            stream.set_display_rotation(rotation)
        step = max(1, round(1 / (_GOP * time_base)))
        frame = av.VideoFrame(width, height, "yuv420p")
        for k, plane in enumerate(frame.planes):
            plane.update(bytes([_GREY_CHROMA if k else _BLACK_LUMA]) * plane.buffer_size)
        for k in range(_GOP):
            frame.pts, frame.time_base = k * step, time_base
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    data = buffer.getvalue()
    _assert_black(data, width, height)
    video = read_recording(data, "video").require_video()
    return video.stream, tuple(bytes(p) for p in video.packets)


def _assert_black(data: bytes, width: int, height: int) -> None:
    with av.open(io.BytesIO(data)) as container:
        for frame in container.decode(video=0):
            luma, *chroma = (np.frombuffer(p, np.uint8).reshape(-1, p.line_size)[:, : p.width] for p in frame.planes)
            assert (luma == _BLACK_LUMA).all(), (width, height)
            assert all((c == _GREY_CHROMA).all() for c in chroma), (width, height)
