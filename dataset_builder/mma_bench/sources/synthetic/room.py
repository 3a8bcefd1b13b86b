"""Recording conditions: room, equaliser, background noise, level; drawn independently of the class.

Loudness and long-term spectral balance are moved towards random targets, so that neither reveals the class. Pitch,
rhythm and spectral fine structure still do.
"""

import numpy as np
from numpy.typing import NDArray

_BANDS = np.geomspace(70, 11_000, 16)
"""Centres in Hz of the half-octave bands of the equaliser."""

_TILTS = np.linspace(-7.0, 7.0, 57)
_PIVOT = 900.0


def record(sound: NDArray[np.float64], rng: np.random.Generator, rate: int) -> NDArray[np.float32]:
    """Draw recording conditions and apply them to `sound`, (N,) at `rate` Hz; return (N,) float32 in -1..1."""
    loudness = rng.uniform(-36, -19)  # RMS in dB full scale
    centroid = _log_uniform(rng, 400, 2600)  # target of the spectral centroid in Hz
    slope = rng.uniform(-6, -1)  # target of the long-term spectrum in dB per octave
    peaks = [(_log_uniform(rng, 150, 6000), rng.uniform(-6, 6)) for _ in range(3)]  # of the equaliser: (Hz, dB)
    noise_level = -rng.uniform(12, 26)  # dB relative to the sound
    noise_slope = rng.uniform(-2, 2)  # dB per octave relative to the sound's spectrum
    echo = rng.uniform(0, 0.3)  # level of the reverberation, as a share of the sound's
    spectrum = np.fft.rfft(_limited(sound))
    frequencies = np.asarray(np.fft.rfftfreq(len(sound), 1 / rate), dtype=np.float64)
    octaves = np.log2(np.maximum(frequencies, 40) / _PIVOT)
    aimed = slope * octaves + sum(gain * np.exp(-(((octaves - np.log2(at / _PIVOT)) / 0.6) ** 2)) for at, gain in peaks)
    spectrum *= _echo(echo, len(sound), rng, rate) * _amplitude(_equaliser(spectrum, aimed, frequencies))
    noise = np.fft.rfft(rng.standard_normal(len(sound))) * _amplitude(aimed + noise_slope * octaves)
    noise *= _amplitude(noise_level) * _level(spectrum) / _level(noise)
    audible = frequencies > 50
    tilt = _tilt_towards(centroid, (spectrum + noise) * audible, frequencies, octaves)
    gains = _amplitude(tilt * octaves) * audible
    spectrum, noise = spectrum * gains, noise * gains
    # A steep tilt can lift the noise above a sound without low (a bird) or high frequencies; keep the sound louder.
    spectrum += noise * min(1.0, 0.8 * _level(spectrum) / _level(noise))
    heard = _limited(np.fft.irfft(spectrum, len(sound)))
    level = 10 ** (loudness / 20) / np.sqrt(np.mean(heard**2))
    return np.asarray(np.clip(level * heard, -1, 1), dtype=np.float32)


def _limited(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """Limit peaks to 14 dB above the RMS level, so that clicks and drones can be made equally loud."""
    ceiling = 5.0 * np.sqrt(np.mean(sound**2)) + 1e-9
    return np.asarray(ceiling * np.tanh(sound / ceiling))


def _equaliser(
    spectrum: NDArray[np.complex128], aimed: NDArray[np.float64], frequencies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Compute gains in dB, within bounds, that move each band towards the target spectrum."""
    edges = np.searchsorted(frequencies, [*(_BANDS / 2**0.25), _BANDS[-1] * 2**0.25])
    power = np.add.reduceat(np.abs(spectrum) ** 2, edges)[:-1] / np.diff(edges)
    missing = np.interp(_BANDS, frequencies, aimed) - 10 * np.log10(power + 1e-12)
    missing -= np.average(missing, weights=np.sqrt(power * np.diff(edges)))
    gains = np.clip(0.85 * missing, -18, 12)
    return np.asarray(np.interp(np.log(np.maximum(frequencies, 20)), np.log(_BANDS), gains))


def _echo(level: float, length: int, rng: np.random.Generator, rate: int) -> NDArray[np.complex128]:
    tail = rng.standard_normal(rate // 5) * np.exp(-np.arange(rate // 5) / (0.05 * rate))
    return np.asarray(1 + level * np.fft.rfft(tail / np.linalg.norm(tail), length))


def _tilt_towards(
    centroid: float, spectrum: NDArray[np.complex128], frequencies: NDArray[np.float64], octaves: NDArray[np.float64]
) -> float:
    """Find the tilt in dB per octave, within bounds, that brings the spectral centroid nearest to `centroid` Hz.

    The centroid is the geometric mean of the centroids of amplitude and of power, since both definitions are in use.
    """
    edges = np.arange(0, len(frequencies), 64)
    power = np.add.reduceat(np.abs(spectrum) ** 2, edges) * _amplitude(2 * _TILTS[:, None] * octaves[edges])
    centroids = [weight @ frequencies[edges] / weight.sum(axis=1) for weight in (power, np.sqrt(power))]
    return float(np.interp(np.log(centroid), np.log(centroids).mean(axis=0), _TILTS))


def _level(spectrum: NDArray[np.complex128]) -> float:
    return float(np.sqrt(np.mean(np.abs(spectrum) ** 2)))


def _amplitude(decibel: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(10 ** (np.asarray(decibel) / 20))


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
