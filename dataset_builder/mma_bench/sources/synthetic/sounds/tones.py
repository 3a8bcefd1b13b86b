"""Building blocks of sounds: oscillators, damped bells, filtered noise, envelopes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, iirpeak, lfilter, sosfilt

from mma_bench.sources.synthetic.score import Score

Samples = NDArray[np.float64]
"""(N,) samples, mono."""

_TABLE = 4096


class Synth:
    """Synthesiser of a score's sound at a sample rate; lengths are in seconds, by default the length of the clip."""

    def __init__(self, score: Score, rng: np.random.Generator, rate: int) -> None:
        self.score, self.rng, self.rate = score, rng, rate
        self.out = np.zeros(round(score.seconds * rate))
        """The samples that `add` mixes sounds into."""

    def add(self, start: float, sound: Samples) -> None:
        """Mix `sound` into `out` from `start` seconds on, cut off at the ends of the clip."""
        at = round(start * self.rate)
        first, last = np.clip((at, at + len(sound)), 0, len(self.out))
        self.out[first:last] += sound[first - at : last - at]

    def times(self, seconds: float | None = None) -> Samples:
        """Return the time of each sample in seconds."""
        return np.arange(round((seconds or self.score.seconds) * self.rate)) / self.rate

    def phase(self, frequency: Samples) -> Samples:
        """Integrate `frequency` in Hz to the phase of an oscillator, in turns."""
        return np.cumsum(frequency) / self.rate

    def damped(
        self, frequencies: Sequence[float], levels: Sequence[float], decays: Sequence[float], seconds: float
    ) -> Samples:
        """Sum decaying sines, with `frequencies` in Hz and `decays` in seconds, to imitate the ring after a stroke."""
        t = self.times(seconds)
        ring = np.zeros(len(t))
        for frequency, level, decay in zip(frequencies, levels, decays, strict=True):
            ring += level * np.exp(-t / decay) * np.sin(2 * np.pi * frequency * t)
        return ring

    def noise(self, seconds: float | None = None) -> Samples:
        """Draw white noise of RMS 1."""
        return self.rng.standard_normal(round((seconds or self.score.seconds) * self.rate))

    def band(self, sound: Samples, low: float, high: float) -> Samples:
        """Apply a band-pass filter from `low` to `high` Hz to `sound`."""
        sections = butter(2, (low, min(high, 0.48 * self.rate)), "bandpass", fs=self.rate, output="sos")
        return np.asarray(sosfilt(sections, sound))

    def body(self, sound: Samples, resonances: Sequence[tuple[float, float, float]], dry: float = 0.0) -> Samples:
        """Pass `sound` through parallel resonances, each (Hz, Q, level), and mix in a share `dry` of the original."""
        out = dry * sound
        for frequency, sharpness, level in resonances:
            b, a = iirpeak(min(frequency, 0.45 * self.rate), sharpness, fs=self.rate)
            out = out + level * lfilter(b, a, sound)
        return np.asarray(out)

    def swell(self, seconds: float, attack: float = 0.02, release: float = 0.05) -> Samples:
        """Return an envelope that rises over `attack` seconds, stays at 1 and falls over the last `release` seconds."""
        t = self.times(seconds)
        rising, falling = np.clip(t / attack, 0, 1), np.clip((seconds - t) / release, 0, 1)
        return np.asarray(np.sin(np.pi / 2 * rising) * np.sin(np.pi / 2 * falling))

    def wander(self, tempo: float, seconds: float | None = None) -> Samples:
        """Draw a smooth curve through `tempo` random values per second, each in -1..1."""
        knots = self.rng.uniform(-1, 1, int((seconds or self.score.seconds) * tempo) + 3)
        at = self.times(seconds) * tempo
        index, share = at.astype(np.int64), at % 1
        ease = share * share * (3 - 2 * share)
        return np.asarray(knots[index] * (1 - ease) + knots[index + 1] * ease)


def wave(turns: Samples, overtones: Sequence[float]) -> Samples:
    """Evaluate a periodic wave at phases in turns; `overtones` are the amplitudes from the fundamental upwards."""
    cycle = 2 * np.pi * np.arange(_TABLE) / _TABLE
    table = sum((level * np.sin((i + 1) * cycle) for i, level in enumerate(overtones)), np.zeros(_TABLE))
    return np.asarray(table[(turns * _TABLE).astype(np.int64) % _TABLE])


def harmonics(count: int, steepness: float) -> list[float]:
    """Return the amplitudes of `count` harmonics, which decrease as 1 / n ** steepness."""
    return [1 / n**steepness for n in range(1, count + 1)]
