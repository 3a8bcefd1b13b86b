"""What the microphone adds: distance, room, equaliser, background noise. It is drawn without a look at the class.

Loudness and the balance of low and high are set to values drawn beforehand, so that neither tells the class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TILT = np.linspace(-9.0, 9.0, 37)
_PIVOT = 900.0


@dataclass(frozen=True)
class Room:
    """Loudness in dB full scale (RMS), centre of the spectrum in Hz, noise in dB below the sound, its colour, echo."""

    loudness: float
    centre: float
    noise: float
    noise_slope: float
    peaks: tuple[tuple[float, float], ...]
    echo: float


def draw_room(rng: np.random.Generator) -> Room:
    """A random room."""
    return Room(
        loudness=rng.uniform(-38, -19),
        centre=float(np.exp(rng.uniform(np.log(700), np.log(2400)))),
        noise=rng.uniform(12, 26),
        noise_slope=rng.uniform(-6, 0),
        peaks=tuple((float(np.exp(rng.uniform(np.log(150), np.log(6000)))), rng.uniform(-7, 7)) for _ in range(3)),
        echo=rng.uniform(0, 0.25),
    )


def record(sound: NDArray[np.float64], room: Room, rng: np.random.Generator, rate: int) -> NDArray[np.float32]:
    """What is heard of `sound` ((N,) at `rate`) in the room: (N,) float32, within -1..1."""
    spectrum = np.fft.rfft(_limited(sound))
    frequencies = np.fft.rfftfreq(len(sound), 1 / rate)
    octaves = np.log2(np.maximum(frequencies, 40) / _PIVOT)
    gains = sum((gain * np.exp(-(((octaves - np.log2(at / _PIVOT)) / 0.6) ** 2)) for at, gain in room.peaks), octaves * 0)
    spectrum = spectrum * _amplitude(gains) * (frequencies > 35)
    noise = np.fft.rfft(rng.standard_normal(len(sound))) * _amplitude(room.noise_slope * octaves) * (frequencies > 60)
    noise *= _amplitude(-room.noise) * np.linalg.norm(spectrum) / np.linalg.norm(noise)
    spectrum += noise
    tilt = _tilt_to(room.centre, np.abs(spectrum), frequencies, octaves)
    heard = np.fft.irfft(spectrum * _amplitude(tilt * octaves), len(sound))
    heard = _limited(heard)
    return (heard * (10 ** (room.loudness / 20) / np.sqrt(np.mean(heard**2)))).clip(-1, 1).astype(np.float32)


def _amplitude(decibel: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(10 ** (np.asarray(decibel) / 20))


def _limited(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """Peaks held to 14 dB over the mean, so that clicks and drones can be made equally loud."""
    ceiling = 5.0 * np.sqrt(np.mean(sound**2)) + 1e-9
    return ceiling * np.tanh(sound / ceiling)


def _tilt_to(
    centre: float, amplitude: NDArray[np.float64], frequencies: NDArray[np.float64], octaves: NDArray[np.float64]
) -> float:
    """The tilt in dB per octave that brings the spectral centroid nearest to `centre` Hz."""
    edges = np.arange(0, len(frequencies), 64)
    weight = np.sqrt(np.add.reduceat(amplitude**2, edges))
    middle, octave = frequencies[edges], octaves[edges]
    tilted = weight * _amplitude(_TILT[:, None] * octave)
    centroids = (tilted * middle).sum(axis=1) / tilted.sum(axis=1)
    return float(np.interp(np.log(centre), np.log(centroids), _TILT))
