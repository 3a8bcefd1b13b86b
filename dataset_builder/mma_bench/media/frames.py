"""Sample the frames of a clip for model input."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from mma_bench.core.errors import ClipError
from mma_bench.media.container import Source, name_of, reading
from mma_bench.media.demux import read_recording
from mma_bench.media.orientation import orientation_of
from mma_bench.media.tracks import Track


def sample_frames(source: Source, *, fps: float = 2.0, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """Sample the frames on screen at 0, 1/fps, 2/fps, ... seconds as (T, H, W, 3) uint8 RGB, rotated upright.

    Args:
        fps: frames per second. T is the clip's length in seconds times `fps`, rounded up.
        size: (height, width) to scale to; by default the size of the clip.

    Raises:
        ClipError: the clip cannot be read, or none of its frames can be decoded.
    """
    name = name_of(source)
    with reading(name), read_recording(source, "video") as recording:
        video = recording.require_video()
        shown = sorted(p.pts for p in video.packets if not p.is_discard)
        wanted = _times_on_screen(shown, video.time_base, video.end, fps)
        images: dict[int, NDArray[np.uint8]] = {}
        for frame in _decode_at(video, set(wanted)):
            images[frame.pts] = _upright(frame, size)
            size = images[frame.pts].shape[:2]  # a stream may change its frame size, an array cannot
    if not images:
        raise ClipError(name, "damaged", "none of its frames can be decoded; download or copy it again")
    have = sorted(images)
    # Where a frame cannot be decoded, the one before it stays on screen, as in a player.
    return np.stack([images[have[max(0, bisect_right(have, t) - 1)]] for t in wanted])


def _times_on_screen(shown: list[int], base: Fraction, end: Fraction, fps: float) -> list[int]:
    """Return the presentation time of the frame on screen at each sampling time."""
    count = max(1, math.ceil(float(end) * fps - 1e-6))
    times = np.array(shown)
    at = np.searchsorted(times, [float(k / fps / base) + 0.5 for k in range(count)], side="right") - 1
    return [int(times[max(0, k)]) for k in at]


def _decode_at(video: Track, wanted: set[int]) -> Iterator[VideoFrame]:
    """Decode the frames with the wanted presentation times, skipping other non-reference frames."""
    context = video.stream.codec_context
    last = max(wanted)
    for packet in (*video.packets, None):
        context.skip_frame = "DEFAULT" if packet is None or packet.pts in wanted else "NONREF"
        with suppress(av.error.InvalidDataError):
            for frame in context.decode(packet):
                if frame.pts in wanted:
                    yield frame
                if frame.pts is not None and frame.pts >= last:
                    return


def _upright(frame: VideoFrame, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    shown = orientation_of(frame)
    height, width = (size[::-1] if shown.swaps_sides else size) if size else (frame.height, frame.width)
    coded = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    return np.ascontiguousarray(shown.upright(coded))
