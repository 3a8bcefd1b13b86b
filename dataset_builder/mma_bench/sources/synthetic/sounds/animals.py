"""Sounds of a bird, a dog, a frog and a bee."""

import numpy as np

from mma_bench.sources.synthetic.sounds.tones import Samples, Synth, harmonics, wave


def sing_bird(synth: Synth) -> Samples:
    """Synthesise whistled chirps that glide and trill; a clip repeats up to three kinds of syllable."""
    base = synth.rng.uniform(1000, 2900)
    syllables = synth.rng.uniform((0.8, -0.35, 0, 18), (1.3, 0.35, 0.12, 34), (3, 4))
    for event in synth.score.of("chirp"):
        height, glide, depth, tempo = syllables[int(event.pitch * 3)]
        t = synth.times(event.length)
        x = t / event.length
        frequency = base * height * (1 + glide * (x - 0.5) * 2 + depth * np.sin(2 * np.pi * tempo * t))
        note = wave(synth.phase(frequency), (1, 0.1, 0.03)) * np.sin(np.pi * x) ** 0.7
        synth.add(event.start, event.strength * note)
    return synth.out


def bark_dog(synth: Synth) -> Samples:
    """Synthesise panting and barks: a rough voice that rises and falls in pitch, shaped by the formants of a throat."""
    size = synth.rng.uniform(0.75, 1.35)
    base = 330 / size**1.3
    throat = [(560 / size, 3.0, 1.0), (1150 / size, 4.0, 0.75), (2500 / size, 5.0, 0.3)]
    for event in synth.score.of("bark"):
        seconds = event.length * 1.15
        x = synth.times(seconds) / seconds
        frequency = base * (0.75 + 0.6 * np.sin(np.pi * x**0.6)) * (0.94 + 0.12 * event.pitch)
        growl = wave(synth.phase(frequency / 2), (1,))
        voice = wave(synth.phase(frequency), harmonics(24, 0.7)) * (1 + 0.5 * growl)
        rough = 0.5 * synth.noise(seconds) * (0.4 + 0.6 * (1 - x))
        envelope = np.clip(x / 0.06, 0, 1) * (1 - x) ** 0.9
        synth.add(event.start, event.strength * envelope * synth.body(voice + rough, throat))
    pant = synth.band(synth.noise(), 700 / size, 2600 / size)
    breath = np.clip(np.sin(2 * np.pi * synth.rng.uniform(2.5, 4) * synth.times()), 0, 1) ** 2
    return np.asarray(synth.out + 0.05 * pant * breath)


def croak_frog(synth: Synth) -> Samples:
    """Synthesise croaks: trains of quickening clicks that ring in the pouch; the second half of a croak is higher."""
    pouch, tempo = synth.rng.uniform(480, 1000), synth.rng.uniform(38, 62)
    for event in synth.score.of("croak"):
        x = synth.times(event.length) / event.length
        clicks = np.diff(np.floor(synth.phase(tempo * (0.85 + 0.5 * x))), prepend=0.0)
        dip = 1 - 0.75 * np.exp(-(((x - 0.42) / 0.07) ** 2))
        envelope = np.clip(x / 0.08, 0, 1) * np.clip((1 - x) / 0.2, 0, 1) * dip
        high = pouch * (1.0 + 0.15 * event.pitch)
        low_ring = synth.body(clicks * (x < 0.45), [(high, 9, 1), (high * 2.3, 9, 0.6), (high * 0.45, 5, 0.6)])
        high_ring = synth.body(clicks * (x >= 0.42), [(high * 1.3, 9, 1), (high * 2.9, 9, 0.7), (high * 0.5, 5, 0.5)])
        synth.add(event.start, event.strength * envelope * (low_ring + high_ring))
    return synth.out


def buzz_bee(synth: Synth) -> Samples:
    """Synthesise a buzz whose pitch follows the flight, with fluttering wings and slowly varying loudness."""
    rng = synth.rng
    base = rng.uniform(150, 260)
    course, flutter = synth.score.level(synth.times(), "flight"), synth.wander(28)
    frequency = base * (0.85 + 0.35 * course + 0.025 * flutter)
    buzz = wave(synth.phase(frequency), harmonics(18, 0.55)) * (1 + 0.35 * flutter)
    buzz = synth.body(buzz, [(rng.uniform(400, 700), 1.5, 1.0), (rng.uniform(1500, 2600), 1.5, 0.8)], dry=0.25)
    near = 0.35 + 0.65 * (0.5 + 0.5 * synth.wander(1.4))
    return np.asarray(buzz * near)
