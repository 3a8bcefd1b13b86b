"""The picture and the sound of a panel, drawn over one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mma_bench.dataset.contact_sheet.page import Page
from mma_bench.dataset.contact_sheet.panel import Panel
from mma_bench.dataset.contact_sheet.spectrogram import CEILING, FLOOR, TOP, envelope, mel, spectrogram
from mma_bench.dataset.contact_sheet.theme import DPI, EDGE, FAINT, SOUND, SPECTROGRAM, WAVEFORM

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AXIS = 26
"""Height of the time axis under the spectrogram."""


def draw_frames(page: Page, panel: Panel, x: float, y: float, width: float, height: float) -> None:
    """The strip of frames, each over the time that it is from."""
    axes = page.axes(x, y, width, height, "frames")
    axes.set(xlim=(0, panel.seconds), ylim=(0, 1), facecolor="#e6e8ec")
    high, wide = panel.frames.shape[1:3]
    second = width / panel.seconds
    shown = _room_for(len(panel.frames), panel.picture_seconds * second, wide)
    half, top = wide / second / 2, min(1.0, high / height)
    for k in range(shown):
        number = int((k + 0.5) * len(panel.frames) / shown)
        frame, taken = panel.frames[number], (number + 0.5) * panel.picture_seconds / len(panel.frames)
        middle = max(half, (k + 0.5) * panel.picture_seconds / shown)
        axes.imshow(frame, extent=(middle - half, middle + half, (1 - top) / 2, (1 + top) / 2), aspect="auto", zorder=1)
        axes.text(
            middle - half + 9 / second,
            (1 - top) / 2 + 9 / height,
            f"{taken:.{1 if panel.picture_seconds >= 5 else 2}f} s",
            size=12 * 72 / DPI,
            color="white",
            zorder=3,
            bbox={"facecolor": "black", "alpha": 0.55, "pad": 1.5, "linewidth": 0},
        )
    axes.set(xlim=(0, panel.seconds), ylim=(0, 1))
    if panel.is_black:
        _mark(axes, "black frames", panel, panel.picture.changed)
    if panel.picture.changed:
        _outline(axes, panel.accent)


def draw_sound(page: Page, panel: Panel, x: float, y: float, width: float, *, loudest: float) -> None:
    """Waveform, spectrogram and time axis. `loudest` is the sample that fills the waveform's height."""
    samples = np.zeros(1, np.float32) if panel.samples is None else panel.samples
    columns, color = round(width), panel.accent if panel.sound.changed else SOUND
    wave = page.axes(x, y, width, WAVEFORM, "waveform")
    low, high = envelope(samples, panel.seconds, columns)
    times = (np.arange(columns) + 0.5) / columns * panel.seconds
    # The middle line is there also where there is nothing to hear: that is what silence looks like.
    wave.axhline(0, color=color, linewidth=0.7)
    wave.fill_between(times, low, high, color=color, linewidth=0.3)
    wave.set(xlim=(0, panel.seconds), ylim=(-1.05 * loudest, 1.05 * loudest))
    below = page.axes(x, y + WAVEFORM + 4, width, SPECTROGRAM, "spectrogram")
    below.imshow(
        spectrogram(samples, panel.seconds, columns, SPECTROGRAM),
        extent=(0, panel.seconds, 0, 1),
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=FLOOR,
        vmax=CEILING,
        interpolation="nearest",
    )
    _scales(below, panel.seconds)
    if panel.is_silent:
        _mark(below, "no sound stream" if panel.samples is None else "silence", panel, panel.sound.changed)
    if panel.sound.changed:
        _outline(below, panel.accent)


def _scales(axes: Axes, seconds: float) -> None:
    from matplotlib.ticker import MaxNLocator

    times = [t for t in MaxNLocator(nbins=11, steps=[1, 2, 5, 10]).tick_values(0, seconds) if 0 <= t <= seconds]
    axes.set_xticks(times, [f"{t:g} s" for t in times])
    axes.set_yticks(list(mel(np.array([0.0, 1000.0, TOP]))), ["0", "1k", "8 kHz"])
    axes.tick_params(labelsize=12 * 72 / DPI, colors=FAINT, length=2, width=0.5, pad=2, color=EDGE)
    # The outer labels stay beside the picture instead of sticking out of its corners.
    bottom, *_, top = axes.get_yticklabels()
    bottom.set_verticalalignment("bottom")
    top.set_verticalalignment("top")
    axes.get_xticklabels()[0].set_horizontalalignment("left")
    if times[-1] > 0.98 * seconds:
        axes.get_xticklabels()[-1].set_horizontalalignment("right")


def _mark(axes: Axes, text: str, panel: Panel, changed: bool) -> None:
    axes.text(
        0.5,
        0.5,
        text,
        transform=axes.transAxes,
        ha="center",
        va="center",
        size=20 * 72 / DPI,
        weight="bold",
        color="white",
        zorder=4,
        bbox={"boxstyle": "round,pad=0.45", "facecolor": panel.accent if changed else SOUND, "edgecolor": "white"},
    )


def _outline(axes: Axes, color: str) -> None:
    axes.spines[:].set(visible=True, color=color, linewidth=1.6, zorder=5)


def _room_for(frames: int, width: float, frame_width: int) -> int:
    """How many of the frames are drawn: all, except where the sound goes on long after the picture."""
    # Frame widths are rounded, and a sound may be a few packets longer: a fifth of a frame too many is not seen.
    return min(frames, max(1, int(width / frame_width + 0.2)))
