"""Bird, dog, frog and bee."""

import numpy as np

from mma_bench.sources.synthetic.score import Score
from mma_bench.sources.synthetic.sounds.tones import (
    Samples,
    add,
    band,
    body,
    falling,
    noise,
    phase,
    silence,
    times,
    wander,
    wave,
)  # fmt: skip


def sing_bird(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise whistled chirps that glide and trill; a clip keeps two or three syllables, as a bird does."""
    out, base = silence(score.seconds, rate), rng.uniform(1000, 2900)
    syllables = rng.uniform((0.8, -0.35, 0, 18), (1.3, 0.35, 0.12, 34), (3, 4))
    for event in score.of("chirp"):
        height, glide, depth, tempo = syllables[int(event.pitch * 3)]
        t = times(event.length, rate)
        x = t / event.length
        frequency = base * height * (1 + glide * (x - 0.5) * 2 + depth * np.sin(2 * np.pi * tempo * t))
        note = wave(phase(frequency, rate), (1, 0.1, 0.03)) * np.sin(np.pi * x) ** 0.7
        add(out, event.start, event.strength * note, rate)
    return out


def bark_dog(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise barks: a rough voice that jumps up and falls, through the formants of a throat, with panting."""
    out, size = silence(score.seconds, rate), rng.uniform(0.75, 1.35)
    base = 330 / size**1.3
    throat = [(560 / size, 3.0, 1.0), (1150 / size, 4.0, 0.75), (2500 / size, 5.0, 0.3)]
    for event in score.of("bark"):
        seconds = event.length * 1.15
        x = times(seconds, rate) / seconds
        frequency = base * (0.75 + 0.6 * np.sin(np.pi * x**0.6)) * (0.94 + 0.12 * event.pitch)
        voice = wave(phase(frequency, rate), falling(24, 0.7)) * (1 + 0.5 * wave(phase(frequency / 2, rate), (1,)))
        rough = 0.5 * noise(rng, seconds, rate) * (0.4 + 0.6 * (1 - x))
        envelope = np.clip(x / 0.06, 0, 1) * (1 - x) ** 0.9
        add(out, event.start, event.strength * envelope * body(voice + rough, throat, rate), rate)
    pant = band(noise(rng, score.seconds, rate), 700 / size, 2600 / size, rate)
    breath = np.clip(np.sin(2 * np.pi * rng.uniform(2.5, 4) * times(score.seconds, rate)), 0, 1) ** 2
    return np.asarray(out + 0.05 * pant * breath)


def croak_frog(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise croaks: trains of quickening clicks that ring in the pouch; the second half is higher."""
    out, pouch, tempo = silence(score.seconds, rate), rng.uniform(480, 1000), rng.uniform(38, 62)
    for event in score.of("croak"):
        t = times(event.length, rate)
        x = t / event.length
        quickening = tempo * (0.85 + 0.5 * x)
        clicks = np.diff(np.floor(phase(quickening, rate)), prepend=0.0)
        envelope = (
            np.clip(x / 0.08, 0, 1) * np.clip((1 - x) / 0.2, 0, 1) * (1 - 0.75 * np.exp(-(((x - 0.42) / 0.07) ** 2)))
        )
        high = pouch * (1.0 + 0.15 * event.pitch)
        low_ring = body(clicks * (x < 0.45), [(high, 9, 1), (high * 2.3, 9, 0.6), (high * 0.45, 5, 0.6)], rate)
        high_ring = body(clicks * (x >= 0.42), [(high * 1.3, 9, 1), (high * 2.9, 9, 0.7), (high * 0.5, 5, 0.5)], rate)
        add(out, event.start, event.strength * envelope * (low_ring + high_ring), rate)
    return out


def buzz_bee(score: Score, rng: np.random.Generator, rate: int) -> Samples:
    """Synthesise a buzz whose pitch and loudness follow the flight, with the flutter of wings."""
    t = times(score.seconds, rate)
    base = rng.uniform(150, 260)
    course = score.level(t, "flight")
    flutter = wander(rng, score.seconds, rate, 28)
    frequency = base * (0.85 + 0.35 * course + 0.025 * flutter)
    buzz = wave(phase(frequency, rate), [*falling(18, 0.55)]) * (1 + 0.35 * flutter)
    buzz = body(buzz, [(rng.uniform(400, 700), 1.5, 1.0), (rng.uniform(1500, 2600), 1.5, 0.8)], rate, dry=0.25)
    near = 0.35 + 0.65 * (0.5 + 0.5 * wander(rng, score.seconds, rate, 1.4))
    return np.asarray(buzz * near)
