"""Clock, door and car."""

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


def tick_clock(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise tick and tock: each the three clicks of an escapement, ringing in the case; the tock is lower."""
    out, pitch, case = silence(score.seconds, rate), rng.uniform(1500, 3000), rng.uniform(350, 700)
    spread = rng.uniform(0.008, 0.016)
    for kind, height in (("tick", 1.0), ("tock", 0.76)):
        metal = [pitch * height * ratio for ratio in (1, 1.62, 2.41)]
        click = damped([*metal, case * height], (1, 0.7, 0.5, 1.1), (0.012, 0.008, 0.006, 0.03), 0.12, rate)
        for event in score.of(kind):
            for late, level in ((0, 0.45), (spread, 1.0), (2.3 * spread, 0.35)):
                add(out, event.start + late, level * (0.8 + 0.2 * event.strength) * click, rate)
    return out


def slam_door(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise a hinge that creaks while the door opens, the slam with its latch, and knocks on the panel."""
    out, wood, hinge = silence(score.seconds, rate), rng.uniform(110, 190), rng.uniform(420, 900)
    for event in score.of("creak"):
        add(out, event.start, 4.0 * event.strength * _creak(event.length, hinge, rng, rate), rate)
    panel = damped(
        (wood, wood * 1.7, wood * 2.9, wood * 5.3), (1, 0.8, 0.5, 0.4), (0.06, 0.045, 0.03, 0.015), 0.4, rate
    )
    for event in score.of("knock"):
        add(out, event.start, 0.9 * event.strength * panel, rate)
    for event in score.of("slam"):
        t = times(0.6, rate)
        thud = band(noise(rng, 0.6, rate), 40, 260, rate) * np.exp(-t / 0.11) * 2.5
        crack = band(noise(rng, 0.6, rate), 500, 7000, rate) * np.exp(-t / 0.03)
        add(out, event.start, 1.2 * event.strength * (thud + crack + _ring_under(panel, len(t))), rate)
        latch = damped((2300, 3900), (0.5, 0.4), (0.01, 0.008), 0.06, rate)
        add(out, event.start + 0.07, event.strength * latch, rate)
    return out


def _ring_under(panel: Samples, length: int) -> Samples:
    """Pad the panel's ring to the length of the slam."""
    return np.pad(1.5 * panel, (0, length - len(panel)))


def _creak(seconds: float, hinge: float, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise stick and slip: a train of jerks whose rate wanders, ringing in a hinge that rises in pitch."""
    x = times(seconds, rate) / seconds
    tempo = 55 + 60 * np.sin(np.pi * x) + 22 * wander(rng, seconds, rate, 9)
    jerks = np.diff(np.floor(phase(np.maximum(tempo, 15), rate)), prepend=0.0)
    low = body(jerks, [(hinge, 14, 1), (hinge * 2.17, 16, 0.9), (hinge * 3.4, 16, 0.7)], rate)
    high = body(jerks, [(hinge * 1.25, 14, 1), (hinge * 2.7, 16, 0.9), (hinge * 4.1, 16, 0.7)], rate)
    return np.asarray((low * (1 - x) + high * x) * swell(seconds, rate, attack=0.08, release=0.1)) * 4


def drive_car(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise an engine whose firing follows the gears, the hiss of tyres, and a two-tone horn."""
    t = times(score.seconds, rate)
    idle = rng.uniform(28, 48)
    firing = idle * (0.8 + 1.6 * score.level(t, "gear")) * (1 + 0.01 * wander(rng, score.seconds, rate, 12))
    turns = phase(firing, rate)
    pulses = (
        wave(turns, falling(30, 0.35)) + 0.7 * wave(turns / 2, falling(20, 0.6)) + 0.25 * wave(turns / 4, (1, 1, 1))
    )
    exhaust = body(pulses, [(95, 2, 1.0), (240, 3, 0.8), (620, 3, 0.5), (1500, 2, 0.3)], rate)
    hiss = band(noise(rng, score.seconds, rate), 400, 3500, rate) * (0.7 + 0.5 * np.sin(2 * np.pi * turns))
    out = exhaust + 0.16 * hiss
    tone = rng.uniform(330, 450)
    for event in score.of("horn"):
        x = times(event.length, rate)
        both = wave(tone * x, falling(14, 0.5)) + wave(1.26 * tone * x, falling(14, 0.5))
        add(out, event.start, 0.45 * event.strength * both * swell(event.length, rate, 0.01, 0.04), rate)
    return out
