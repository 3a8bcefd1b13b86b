"""Draw the frames, the waveform and the spectrogram of a panel over one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mma_bench.dataset.contact_sheet.page import DPI, EDGE, FAINT, SOUND, SPECTROGRAM, WAVEFORM, Page
from mma_bench.dataset.contact_sheet.panel import Panel
from mma_bench.media.sound import SAMPLE_RATE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AXIS = 26
"""Height of the time axis under the spectrogram."""
FLOOR, CEILING = -80.0, -10.0
"""Range of the spectrogram in dB relative to a full-scale sine; fixed, so that silence looks silent."""

TOP = SAMPLE_RATE / 2
"""Highest frequency of the spectrogram in Hz."""
_WINDOW = 1024
_MEL_BREAK = 700.0


def draw_frames(page: Page, panel: Panel, x: float, y: float, width: float, height: float) -> None:
    """Draw the strip of frames along the time axis."""
    axes = page.axes(x, y, width, height, "frames")
    axes.set(xlim=(0, panel.seconds), ylim=(0, 1), facecolor="#e6e8ec")
    high, wide = panel.frames.shape[1:3]
    second = width / panel.seconds
    # Draw all frames, unless the audio is much longer than the video. Frame widths are rounded and the audio may be
    # slightly longer; an overlap of a fifth of a frame is not visible.
    shown = min(len(panel.frames), max(1, int(panel.video_seconds * second / wide + 0.2)))
    half, top = wide / second / 2, min(1.0, high / height)
    for k in range(shown):
        number = int((k + 0.5) * len(panel.frames) / shown)
        frame, taken = panel.frames[number], (number + 0.5) * panel.video_seconds / len(panel.frames)
        middle = max(half, (k + 0.5) * panel.video_seconds / shown)
        axes.imshow(frame, extent=(middle - half, middle + half, (1 - top) / 2, (1 + top) / 2), aspect="auto", zorder=1)
        axes.text(
            middle - half + 9 / second,
            (1 - top) / 2 + 9 / height,
            f"{taken:.{1 if panel.video_seconds >= 5 else 2}f} s",
            size=12 * 72 / DPI,
            color="white",
            zorder=3,
            bbox={"facecolor": "black", "alpha": 0.55, "pad": 1.5, "linewidth": 0},
        )
    axes.set(xlim=(0, panel.seconds), ylim=(0, 1))
    if panel.is_black:
        _mark(axes, "black frames", panel, panel.video.changed)
    if panel.video.changed:
        _outline(axes, panel.accent)


def draw_audio(page: Page, panel: Panel, x: float, y: float, width: float, *, loudest: float) -> None:
    """Draw waveform, spectrogram and time axis. `loudest` is the amplitude that fills the waveform's height."""
    samples = np.zeros(1, np.float32) if panel.samples is None else panel.samples
    columns, color = round(width), panel.accent if panel.audio.changed else SOUND
    wave = page.axes(x, y, width, WAVEFORM, "waveform")
    low, high = envelope(samples, panel.seconds, columns)
    times = (np.arange(columns) + 0.5) / columns * panel.seconds
    # Draws a centre line even for silence.
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
        _mark(below, "no sound stream" if panel.samples is None else "silence", panel, panel.audio.changed)
    if panel.audio.changed:
        _outline(below, panel.accent)


def _scales(axes: Axes, seconds: float) -> None:
    from matplotlib.ticker import MaxNLocator

    times = [t for t in MaxNLocator(nbins=11, steps=[1, 2, 5, 10]).tick_values(0, seconds) if 0 <= t <= seconds]
    axes.set_xticks(times, [f"{t:g} s" for t in times])
    axes.set_yticks(list(mel(np.array([0.0, 1000.0, TOP]))), ["0", "1k", "8 kHz"])
    axes.tick_params(labelsize=12 * 72 / DPI, colors=FAINT, length=2, width=0.5, pad=2, color=EDGE)
    # Keeps the outermost labels inside the axes.
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


def envelope(samples: NDArray[np.float32], seconds: float, columns: int) -> tuple[NDArray[np.float32], ...]:
    """Divide `seconds` of audio into columns; return the minimum and maximum of each, as two (columns,) arrays."""
    whole = _as_long_as(samples, seconds, least=columns)
    edges = np.linspace(0, whole.size, columns + 1).astype(int)[:-1]
    return np.minimum.reduceat(whole, edges), np.maximum.reduceat(whole, edges)


def spectrogram(samples: NDArray[np.float32], seconds: float, columns: int, rows: int) -> NDArray[np.float32]:
    """Compute a (rows, columns) mel spectrogram in dB, clipped to [`FLOOR`, `CEILING`]; row 0 is the lowest frequency.

    Rows are evenly spaced on the mel scale from 0 to `TOP` Hz, columns evenly over `seconds`.
    """
    whole = np.pad(_as_long_as(samples, seconds, least=1), _WINDOW // 2)
    starts = np.linspace(0, whole.size - _WINDOW, columns).astype(int)
    shape = np.hanning(_WINDOW)
    spectra = np.fft.rfft(whole[starts[:, None] + np.arange(_WINDOW)] * shape)
    power = np.abs(spectra * (2 / shape.sum())) ** 2 @ _mel_weights(rows).T
    decibels = np.clip(10 * np.log10(power.T + 1e-12), FLOOR, CEILING)
    return np.asarray(decibels, np.float32)


def mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Map frequencies from 0 to `TOP` Hz to positions on the mel scale, 0 to 1."""
    return np.asarray(np.log1p(np.asarray(hertz) / _MEL_BREAK) / np.log1p(TOP / _MEL_BREAK))


def _mel_weights(rows: int) -> NDArray[np.float64]:
    """Compute a row-normalised mel filter bank, (rows, bins); filters narrower than one bin are widened to one bin."""
    bins = np.linspace(0, TOP, _WINDOW // 2 + 1)
    edges = _MEL_BREAK * np.expm1(np.linspace(0, 1, rows + 2) * np.log1p(TOP / _MEL_BREAK))
    reach = np.maximum(edges[2:] - edges[1:-1], bins[1])
    weights = np.maximum(0.0, 1 - np.abs(bins - edges[1:-1, None]) / reach[:, None])
    return np.asarray(weights / weights.sum(1, keepdims=True))


def _as_long_as(samples: NDArray[np.float32], seconds: float, least: int) -> NDArray[np.float32]:
    count = max(least, round(seconds * SAMPLE_RATE))
    return np.pad(samples[:count], (0, max(0, count - samples.size)))
