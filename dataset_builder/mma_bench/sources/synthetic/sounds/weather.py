"""Rain and explosion."""

import numpy as np
from scipy.signal import oaconvolve

from mma_bench.sources.synthetic.score import Score
from mma_bench.sources.synthetic.sounds.tones import Samples, add, band, damped, noise, silence, times


def pour(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise rain: a hiss of distant drops that thickens with gusts, and single close drops on cloth and water."""
    t = times(score.seconds, rate)
    gust = 0.55 + 0.6 * score.level(t, "gust")
    out = 0.5 * gust * band(noise(rng, score.seconds, rate), 500, 9000, rate)
    density = rng.uniform(12, 26)
    for pitch in np.exp(rng.uniform(np.log(500), np.log(5000), 6)):
        drop = damped((pitch, pitch * 1.9), (1, 0.5), (0.007, 0.004), 0.04, rate)
        falls = (rng.random(len(t)) < density * gust / rate) * rng.lognormal(0, 0.7, len(t))
        out += 1.3 * oaconvolve(falls, drop)[: len(t)]
    return np.asarray(out)


def blast(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise blasts: a crack, a boom that sinks in pitch, a rumble, and crackling debris."""
    out, depth = silence(score.seconds, rate), rng.uniform(0.8, 1.3)
    t = times(2.2, rate)
    # One long noise in three bands, cut anew for each blast, since filtering is slow.
    hiss = noise(rng, 2 * 2.2, rate)
    bands = (
        (band(hiss, 40, 240, rate), 3.2, 0.7),
        (band(hiss, 200, 1800, rate), 1.6, 0.28),
        (band(hiss, 1500, 9000, rate), 1.0, 0.06),
    )
    boom = np.sin(2 * np.pi * np.cumsum(38 + 70 * np.exp(-t / 0.12)) / rate / depth) * np.exp(-t / 0.45) * 1.4
    piece = band(noise(rng, 0.02, rate), 700, 5000, rate) * np.exp(-times(0.02, rate) / 0.004)
    fades = [level * np.exp(-t / decay) for _, level, decay in bands]
    for event in score.of("blast"):
        cut = rng.integers(len(t))
        burst = boom + sum(fade * part[cut : cut + len(t)] for fade, (part, _, _) in zip(fades, bands, strict=True))
        pieces = (rng.random(len(t)) < 70 * np.exp(-t / 0.6) / rate) * rng.lognormal(0, 0.8, len(t))
        whole = np.tanh(1.5 * np.clip(t / 0.004, 0, 1) * burst) + 0.35 * oaconvolve(pieces, piece)[: len(t)]
        add(out, event.start, event.strength * whole * np.clip((2.2 - t) / 0.3, 0, 1), rate)
    return out
