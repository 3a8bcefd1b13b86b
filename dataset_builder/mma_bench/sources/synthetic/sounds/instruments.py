"""Accordion, bell and violin."""

import numpy as np

from mma_bench.sources.synthetic.score import Score
from mma_bench.sources.synthetic.sounds.tones import (
    Samples,
    add,
    band,
    body,
    damped,
    falling,
    noise,
    phase,
    silence,
    swell,
    times,
    wander,
    wave,
)  # fmt: skip

_MAJOR = np.array([0, 2, 4, 5, 7, 9, 11, 12])
_CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14))


def play_accordion(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise reed chords that change with the bellows, and a melody; each note has two detuned reeds."""
    out, tonic = silence(score.seconds, rate), rng.uniform(170, 300)
    beating, reed = rng.uniform(2.5, 6), falling(16, rng.uniform(0.7, 1.0))

    def reeds(frequency: float, seconds: float) -> Samples:
        t = times(seconds, rate)
        two = wave(frequency * t, reed) + wave((frequency + beating) * t + 0.3, reed)
        return two * swell(seconds, rate, attack=0.03, release=0.05)

    for event in score.of("bellows"):
        for step in _CHORDS[int(event.pitch * 3)]:
            add(out, event.start, 0.32 * event.strength * reeds(tonic / 2 * 2 ** (step / 12), event.length), rate)
    for event in score.of("note"):
        step = _MAJOR[int(event.pitch * 8)]
        add(out, event.start, 0.5 * event.strength * reeds(tonic * 2 * 2 ** (step / 12), event.length), rate)
    return out


def play_bell(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise strokes on a church bell: partials (hum, prime, tierce, quint ...); the high ones decay first."""
    out, strike = silence(score.seconds, rate), rng.uniform(260, 950)
    ratios = (0.5, 1.0, 1.183, 1.506, 2.0, 2.514, 2.662, 3.011, 4.166, 5.433)
    levels = np.array((0.5, 0.8, 0.7, 0.35, 1.0, 0.35, 0.4, 0.45, 0.4, 0.3)) * rng.uniform(0.7, 1.3, 10)
    ring = rng.uniform(0.7, 1.6)
    decays = [ring / ratio**0.75 for ratio in ratios]
    stroke = damped([strike * ratio for ratio in ratios], levels.tolist(), decays, 3.0, rate)
    stroke += damped((strike * 6.8, strike * 9.3), (0.5, 0.4), (0.05, 0.03), 3.0, rate)
    for event in score.of("strike"):
        add(out, event.start, event.strength * stroke, rate)
    return out


def play_violin(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise a bow stroke per note: a saw-like string with vibrato, the resonances of the box, and a hiss."""
    out, open_string = silence(score.seconds, rate), rng.choice([196.0, 293.7, 440.0]) * rng.uniform(0.94, 1.06)
    box = [(280, 6, 0.7), (460, 8, 1.0), (550, 8, 0.9), (1000, 4, 0.5), (2600, 2.5, 0.9)]
    string, vibrato = falling(26, 0.95), rng.uniform(5, 6.5)
    for event in score.of("stroke"):
        t = times(event.length + 0.04, rate)
        note = open_string * 2 ** (_MAJOR[int(event.pitch * 8)] / 12)
        depth = 0.009 * np.clip(t / 0.25, 0, 1)
        turns = phase(note * (1 + depth * np.sin(2 * np.pi * vibrato * t)), rate)
        envelope = swell(event.length + 0.04, rate, attack=0.09, release=0.09)
        add(out, event.start, event.strength * envelope * wave(turns, string), rate)
    hiss = band(noise(rng, score.seconds, rate), 1500, 5000, rate) * (1 + 0.5 * wander(rng, score.seconds, rate, 20))
    return body(out + 0.02 * hiss, box, rate, dry=0.25)
