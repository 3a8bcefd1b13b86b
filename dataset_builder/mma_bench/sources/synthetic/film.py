"""Encode frames and samples to an mp4 in memory."""

import io
from collections.abc import Iterable
from fractions import Fraction

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from PIL import Image

from mma_bench.media.encode import REPRODUCIBLE

FPS = 15
RATE = 32_000
_PACKET = 1024
# Three times faster than the default coder, without an audible difference at this bit rate.
_AAC = {"aac_coder": "fast", "flags": "+bitexact"}
_X264 = {"preset": "veryfast", "threads": "1", **REPRODUCIBLE, "bf": "0", "g": "75", "flags": "+bitexact"}


def write_mp4(frames: Iterable[Image.Image], sound: NDArray[np.float32], rng: np.random.Generator, size: int) -> bytes:
    """Encode frames to H.264 at `FPS` and samples to mono AAC at `RATE`. The output is deterministic.

    Grain and bit rates are drawn independently of the class. The encoders keep to the target rates, so that file size
    does not reveal how well a scene compresses.

    Args:
        frames: RGB images of `size` x `size` pixels.
        sound: (N,) float32 in -1..1 at `RATE`.
        rng: draws grain and bit rates.
        size: width and height in pixels, even.
    """
    grain = rng.uniform(1.0, 5.0)  # standard deviation in 8-bit levels
    video_rate = round(np.exp(rng.uniform(np.log(52_000), np.log(104_000))) * ((size / 224) ** 2) ** 0.75)
    audio_rate = round(rng.uniform(46_000, 64_000))
    x264 = {**_X264, "b": str(video_rate), "maxrate": str(video_rate), "bufsize": str(3 * video_rate)}
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as out:
        picture = out.add_stream("libx264", rate=FPS, options=x264)
        picture.width = picture.height = size
        picture.pix_fmt = "yuv420p"
        picture.codec_context.time_base = Fraction(1, FPS)
        voice = out.add_stream("aac", rate=RATE, layout="mono", options=_AAC)
        voice.bit_rate = audio_rate
        heard = 0
        for shown, frame in enumerate(_grained(frames, grain, rng, size)):
            frame.pts, frame.time_base = shown, Fraction(1, FPS)
            out.mux(picture.encode(frame))
            heard = _encode_sound_until(out, voice, sound, heard, min(len(sound), (shown + 1) * RATE // FPS))
        _encode_sound_until(out, voice, sound, heard, len(sound), last=True)
        out.mux(picture.encode())
        out.mux(voice.encode())
    return buffer.getvalue()


def _grained(frames: Iterable[Image.Image], grain: float, rng: np.random.Generator, size: int) -> Iterable[VideoFrame]:
    # One field of noise, shifted at random for each frame: fresh noise would take longer than the drawing.
    field = np.round(rng.normal(0, grain, (2 * size, 2 * size))).astype(np.int16)
    reformatter = VideoReformatter()
    for image in frames:
        planes = reformatter.reformat(VideoFrame.from_image(image), format="yuv420p").to_ndarray()
        top, left = rng.integers(0, size, 2)
        luma = planes[:size] + field[top : top + size, left : left + size]
        planes[:size] = np.clip(luma, 16, 235)
        yield VideoFrame.from_ndarray(planes, format="yuv420p")


def _encode_sound_until(
    out: OutputContainer, voice: av.AudioStream, sound: NDArray[np.float32], start: int, end: int, last: bool = False
) -> int:
    while start + _PACKET <= end or (last and start < end):
        piece = np.ascontiguousarray(sound[None, start : min(start + _PACKET, end)])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        out.mux(voice.encode(frame))
        start += piece.shape[1]
    return start
