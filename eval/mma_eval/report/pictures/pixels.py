"""Heat maps as small pictures inside an SVG, scaled up without blurring."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def heat(values: NDArray[np.floating], colours: str) -> NDArray[np.uint8]:
    """Values from 0 to 1 as colours of one of matplotlib's maps, (..., 3); grey where there is none."""
    from matplotlib import colormaps

    painted = (255 * colormaps[colours](np.nan_to_num(values))[..., :3]).round()
    painted[~np.isfinite(values)] = 128
    whole: NDArray[np.uint8] = painted.astype(np.uint8)
    return whole


def image(pixels: NDArray[np.uint8], x: float, y: float, width: float, height: float) -> str:
    """The pixels, (rows, columns, 3), stretched over a place in an SVG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<image x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>'
    )
