"""Building blocks of sounds: oscillators, damped bells, filtered noise, envelopes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, iirpeak, lfilter, sosfilt

Samples = NDArray[np.float64]
"""(N,) mono."""

_TABLE = 4096


def silence(seconds: float, rate: int) -> Samples:
    """Return silence of `seconds`, to mix sounds into."""
    return np.zeros(round(seconds * rate))


def add(out: Samples, start: float, sound: Samples, rate: int) -> None:
    """Mix `sound` into `out` from `start` seconds on, cut to its length."""
    at = round(start * rate)
    first, last = np.clip((at, at + len(sound)), 0, len(out))
    out[first:last] += sound[first - at : last - at]


def times(seconds: float, rate: int) -> Samples:
    """Return the time of each sample in seconds."""
    return np.arange(round(seconds * rate)) / rate


def phase(frequency: Samples, rate: int) -> Samples:
    """Integrate `frequency` in Hz to the phase of an oscillator, in turns."""
    return np.cumsum(frequency) / rate


def wave(turns: Samples, overtones: Sequence[float]) -> Samples:
    """Evaluate a periodic wave, given the amplitudes of its fundamental and overtones, at a phase in turns."""
    cycle = 2 * np.pi * np.arange(_TABLE) / _TABLE
    table = sum((level * np.sin((i + 1) * cycle) for i, level in enumerate(overtones)), np.zeros(_TABLE))
    return np.asarray(table[(turns * _TABLE).astype(np.int64) % _TABLE])


def falling(count: int, steepness: float) -> list[float]:
    """Return amplitudes of `count` harmonics that fall as 1 / n ** steepness."""
    return [1 / n**steepness for n in range(1, count + 1)]


def damped(
    frequencies: Sequence[float], levels: Sequence[float], decays: Sequence[float], seconds: float, rate: int
) -> Samples:
    """Sum decaying sines with levels and decay times in seconds: the ring after a stroke, without a click."""
    t = times(seconds, rate)
    ring = sum(
        (
            level * np.exp(-t / decay) * np.sin(2 * np.pi * frequency * t)
            for frequency, level, decay in zip(frequencies, levels, decays, strict=True)
        ),
        np.zeros(len(t)),
    )
    return np.asarray(ring)


def noise(rng: np.random.Generator, seconds: float, rate: int) -> Samples:
    """Draw white noise of RMS 1."""
    return rng.standard_normal(round(seconds * rate))


def band(sound: Samples, low: float, high: float, rate: int) -> Samples:
    """Filter `sound` to the band between `low` and `high` Hz."""
    return np.asarray(sosfilt(butter(2, (low, min(high, 0.48 * rate)), "bandpass", fs=rate, output="sos"), sound))


def body(sound: Samples, resonances: Sequence[tuple[float, float, float]], rate: int, dry: float = 0.0) -> Samples:
    """Pass `sound` through parallel resonances, each (Hz, Q, level), and mix in a share `dry` of the original."""
    out = dry * sound
    for frequency, sharpness, level in resonances:
        b, a = iirpeak(min(frequency, 0.45 * rate), sharpness, fs=rate)
        out = out + level * lfilter(b, a, sound)
    return np.asarray(out)


def swell(seconds: float, rate: int, attack: float = 0.02, release: float = 0.05) -> Samples:
    """Return an envelope that rises over `attack` seconds, stays at 1 and falls over the last `release` seconds."""
    t = times(seconds, rate)
    rising = np.clip(t / attack, 0, 1)
    return np.asarray(np.sin(np.pi / 2 * rising) * np.sin(np.pi / 2 * np.clip((seconds - t) / release, 0, 1)))


def wander(rng: np.random.Generator, seconds: float, rate: int, tempo: float) -> Samples:
    """Draw a slow random curve of about -1..1 that turns `tempo` times a second."""
    knots = rng.uniform(-1, 1, int(seconds * tempo) + 3)
    at = times(seconds, rate) * tempo
    index, share = at.astype(np.int64), at % 1
    ease = share * share * (3 - 2 * share)
    return np.asarray(knots[index] * (1 - ease) + knots[index + 1] * ease)
