"""The sound as two pictures with one column per pixel of the time axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mma_bench.media.sound import SAMPLE_RATE

FLOOR, CEILING = -80.0, -10.0
"""Decibels; 0 is a sine as loud as the format allows. The same for every sound, so that silence looks silent."""

TOP = SAMPLE_RATE / 2
_WINDOW = 1024
_MEL_BREAK = 700.0


def envelope(samples: NDArray[np.float32], seconds: float, columns: int) -> tuple[NDArray[np.float32], ...]:
    """The lowest and the highest sample of each column, two arrays (columns,), over `seconds`."""
    whole = _as_long_as(samples, seconds, least=columns)
    edges = np.linspace(0, whole.size, columns + 1).astype(int)[:-1]
    return np.minimum.reduceat(whole, edges), np.maximum.reduceat(whole, edges)


def spectrogram(samples: NDArray[np.float32], seconds: float, columns: int, rows: int) -> NDArray[np.float32]:
    """Loudness over time and pitch: (rows, columns) decibels in [`FLOOR`, `CEILING`], row 0 the lowest pitch.

    Rows are evenly spaced on the mel scale from 0 to `TOP` Hz; columns evenly over `seconds`.
    """
    whole = np.pad(_as_long_as(samples, seconds, least=1), _WINDOW // 2)
    starts = np.linspace(0, whole.size - _WINDOW, columns).astype(int)
    shape = np.hanning(_WINDOW)
    spectra = np.fft.rfft(whole[starts[:, None] + np.arange(_WINDOW)] * shape)
    power = np.abs(spectra * (2 / shape.sum())) ** 2 @ _mel_weights(rows).T
    decibels = np.clip(10 * np.log10(power.T + 1e-12), FLOOR, CEILING)
    return np.asarray(decibels, np.float32)


def mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Where a pitch stands between 0 and `TOP` Hz: 0 to 1."""
    return np.asarray(np.log1p(np.asarray(hertz) / _MEL_BREAK) / np.log1p(TOP / _MEL_BREAK))


def _mel_weights(rows: int) -> NDArray[np.float64]:
    """(rows, bins): the share of each Fourier bin in each row; a row narrower than a bin takes the nearest ones."""
    bins = np.linspace(0, TOP, _WINDOW // 2 + 1)
    edges = _MEL_BREAK * np.expm1(np.linspace(0, 1, rows + 2) * np.log1p(TOP / _MEL_BREAK))
    reach = np.maximum(edges[2:] - edges[1:-1], bins[1])
    weights = np.maximum(0.0, 1 - np.abs(bins - edges[1:-1, None]) / reach[:, None])
    return np.asarray(weights / weights.sum(1, keepdims=True))


def _as_long_as(samples: NDArray[np.float32], seconds: float, least: int) -> NDArray[np.float32]:
    count = max(least, round(seconds * SAMPLE_RATE))
    return np.pad(samples[:count], (0, max(0, count - samples.size)))
