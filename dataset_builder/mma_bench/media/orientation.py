"""Decide how a frame is turned before it is shown, from the display matrix of its stream."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Orientation:
    """One of the eight ways in which a player shows a frame: turned by right angles, and mirrored or not."""

    rotation: int
    """Degrees counter-clockwise that the frame is turned, after it was mirrored."""
    filters: tuple[tuple[str, str | None], ...]
    """FFmpeg filters that show the frame upright."""
    upright: Callable[[Pixels], Pixels]
    """Turn (H, W, 3) pixels upright."""

    @property
    def swaps_sides(self) -> bool:
        """True if width and height are exchanged."""
        return self.rotation % 180 != 0


_AS_CODED = Orientation(0, (), lambda pixels: pixels)

# By the signs of a, b, c and d in the display matrix, which moves a pixel from (x, y) to (a x + c y, b x + d y).
_BY_SIGNS: Mapping[tuple[int, int, int, int], Orientation] = {
    (1, 0, 0, 1): _AS_CODED,
    (0, -1, 1, 0): Orientation(90, (("transpose", "cclock"),), lambda pixels: np.rot90(pixels)),
    (-1, 0, 0, -1): Orientation(180, (("hflip", None), ("vflip", None)), lambda pixels: pixels[::-1, ::-1]),
    (0, 1, -1, 0): Orientation(270, (("transpose", "clock"),), lambda pixels: np.rot90(pixels, -1)),
    (-1, 0, 0, 1): Orientation(0, (("hflip", None),), lambda pixels: pixels[:, ::-1]),
    (1, 0, 0, -1): Orientation(180, (("vflip", None),), lambda pixels: pixels[::-1]),
    (0, 1, 1, 0): Orientation(90, (("transpose", "cclock_flip"),), lambda pixels: pixels.swapaxes(0, 1)),
    (0, -1, -1, 0): Orientation(270, (("transpose", "clock_flip"),), lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1)),
}


def orientation_of(frame: VideoFrame) -> Orientation:
    """Return the orientation in which browsers show a frame: as coded where its matrix turns by no right angle."""
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    if matrix is None:
        return _AS_CODED
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix)[:36])
    return _BY_SIGNS.get((_sign(a), _sign(b), _sign(c), _sign(d)), _AS_CODED)


def _sign(entry: int) -> int:
    return (entry > 0) - (entry < 0)
