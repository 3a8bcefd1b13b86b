"""Sounds of an accordion, a bell, a violin, a clock, a door, a car, rain and explosions."""

import numpy as np
from scipy.signal import oaconvolve

from mma_bench.sources.synthetic.sounds.tones import Samples, Synth, harmonics, wave

_MAJOR = np.array([0, 2, 4, 5, 7, 9, 11, 12])
_CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14))


def play_accordion(synth: Synth) -> Samples:
    """Synthesise reed chords that change with the bellows, and a melody; each note has two detuned reeds."""
    tonic, beating = synth.rng.uniform(170, 300), synth.rng.uniform(2.5, 6)
    reed = harmonics(16, synth.rng.uniform(0.7, 1.0))

    def reeds(frequency: float, seconds: float) -> Samples:
        t = synth.times(seconds)
        two = wave(frequency * t, reed) + wave((frequency + beating) * t + 0.3, reed)
        return two * synth.swell(seconds, attack=0.03, release=0.05)

    for event in synth.score.of("bellows"):
        for step in _CHORDS[int(event.pitch * 3)]:
            synth.add(event.start, 0.32 * event.strength * reeds(tonic / 2 * 2 ** (step / 12), event.length))
    for event in synth.score.of("note"):
        step = _MAJOR[int(event.pitch * 8)]
        synth.add(event.start, 0.5 * event.strength * reeds(tonic * 2 * 2 ** (step / 12), event.length))
    return synth.out


def play_bell(synth: Synth) -> Samples:
    """Synthesise strokes on a church bell: a sum of partials (hum, prime, tierce, ...) whose high ones decay first."""
    strike = synth.rng.uniform(260, 950)
    ratios = (0.5, 1.0, 1.183, 1.506, 2.0, 2.514, 2.662, 3.011, 4.166, 5.433)
    levels = np.array((0.5, 0.8, 0.7, 0.35, 1.0, 0.35, 0.4, 0.45, 0.4, 0.3)) * synth.rng.uniform(0.7, 1.3, 10)
    ring = synth.rng.uniform(0.7, 1.6)
    decays = [ring / ratio**0.75 for ratio in ratios]
    stroke = synth.damped([strike * ratio for ratio in ratios], levels.tolist(), decays, 3.0)
    stroke += synth.damped((strike * 6.8, strike * 9.3), (0.5, 0.4), (0.05, 0.03), 3.0)
    for event in synth.score.of("strike"):
        synth.add(event.start, event.strength * stroke)
    return synth.out


def play_violin(synth: Synth) -> Samples:
    """Synthesise a bow stroke per note: a saw-like string with vibrato, the resonances of the box, and a hiss."""
    open_string = synth.rng.choice([196.0, 293.7, 440.0]) * synth.rng.uniform(0.94, 1.06)
    box = [(280, 6, 0.7), (460, 8, 1.0), (550, 8, 0.9), (1000, 4, 0.5), (2600, 2.5, 0.9)]
    string, vibrato = harmonics(26, 0.95), synth.rng.uniform(5, 6.5)
    for event in synth.score.of("stroke"):
        t = synth.times(event.length + 0.04)
        note = open_string * 2 ** (_MAJOR[int(event.pitch * 8)] / 12)
        depth = 0.009 * np.clip(t / 0.25, 0, 1)
        turns = synth.phase(note * (1 + depth * np.sin(2 * np.pi * vibrato * t)))
        envelope = synth.swell(event.length + 0.04, attack=0.09, release=0.09)
        synth.add(event.start, event.strength * envelope * wave(turns, string))
    hiss = synth.band(synth.noise(), 1500, 5000) * (1 + 0.5 * synth.wander(20))
    return synth.body(synth.out + 0.02 * hiss, box, dry=0.25)


def tick_clock(synth: Synth) -> Samples:
    """Synthesise ticks and lower tocks, each of three clicks of an escapement that ring in the case."""
    pitch, case = synth.rng.uniform(1500, 3000), synth.rng.uniform(350, 700)
    spread = synth.rng.uniform(0.008, 0.016)
    for kind, height in (("tick", 1.0), ("tock", 0.76)):
        metal = [pitch * height * ratio for ratio in (1, 1.62, 2.41)]
        click = synth.damped([*metal, case * height], (1, 0.7, 0.5, 1.1), (0.012, 0.008, 0.006, 0.03), 0.12)
        for event in synth.score.of(kind):
            for late, level in ((0, 0.45), (spread, 1.0), (2.3 * spread, 0.35)):
                synth.add(event.start + late, level * (0.8 + 0.2 * event.strength) * click)
    return synth.out


def slam_door(synth: Synth) -> Samples:
    """Synthesise a hinge that creaks while the door opens, the slam with its latch, and knocks on the panel."""
    wood, hinge = synth.rng.uniform(110, 190), synth.rng.uniform(420, 900)
    for event in synth.score.of("creak"):
        synth.add(event.start, 4.0 * event.strength * _creak(event.length, hinge, synth))
    resonances = (wood, wood * 1.7, wood * 2.9, wood * 5.3)
    panel = synth.damped(resonances, (1, 0.8, 0.5, 0.4), (0.06, 0.045, 0.03, 0.015), 0.4)
    for event in synth.score.of("knock"):
        synth.add(event.start, 0.9 * event.strength * panel)
    for event in synth.score.of("slam"):
        t = synth.times(0.6)
        thud = synth.band(synth.noise(0.6), 40, 260) * np.exp(-t / 0.11) * 2.5
        crack = synth.band(synth.noise(0.6), 500, 7000) * np.exp(-t / 0.03)
        ring = np.pad(1.5 * panel, (0, len(t) - len(panel)))
        synth.add(event.start, 1.2 * event.strength * (thud + crack + ring))
        synth.add(event.start + 0.07, event.strength * synth.damped((2300, 3900), (0.5, 0.4), (0.01, 0.008), 0.06))
    return synth.out


def _creak(seconds: float, hinge: float, synth: Synth) -> Samples:
    """Synthesise stick-slip friction: jerks at a wandering rate, ringing in a hinge that rises in pitch."""
    x = synth.times(seconds) / seconds
    tempo = 55 + 60 * np.sin(np.pi * x) + 22 * synth.wander(9, seconds)
    jerks = np.diff(np.floor(synth.phase(np.maximum(tempo, 15))), prepend=0.0)
    low = synth.body(jerks, [(hinge, 14, 1), (hinge * 2.17, 16, 0.9), (hinge * 3.4, 16, 0.7)])
    high = synth.body(jerks, [(hinge * 1.25, 14, 1), (hinge * 2.7, 16, 0.9), (hinge * 4.1, 16, 0.7)])
    return np.asarray((low * (1 - x) + high * x) * synth.swell(seconds, attack=0.08, release=0.1)) * 4


def drive_car(synth: Synth) -> Samples:
    """Synthesise an engine whose firing follows the gears, the hiss of tyres, and a two-tone horn."""
    idle = synth.rng.uniform(28, 48)
    gear = synth.score.level(synth.times(), "gear")
    turns = synth.phase(idle * (0.8 + 1.6 * gear) * (1 + 0.01 * synth.wander(12)))
    slow, slower = wave(turns / 2, harmonics(20, 0.6)), wave(turns / 4, (1, 1, 1))
    pulses = wave(turns, harmonics(30, 0.35)) + 0.7 * slow + 0.25 * slower
    exhaust = synth.body(pulses, [(95, 2, 1.0), (240, 3, 0.8), (620, 3, 0.5), (1500, 2, 0.3)])
    hiss = synth.band(synth.noise(), 400, 3500) * (0.7 + 0.5 * np.sin(2 * np.pi * turns))
    synth.out += exhaust + 0.16 * hiss
    tone = synth.rng.uniform(330, 450)
    for event in synth.score.of("horn"):
        x = synth.times(event.length)
        both = wave(tone * x, harmonics(14, 0.5)) + wave(1.26 * tone * x, harmonics(14, 0.5))
        synth.add(event.start, 0.45 * event.strength * both * synth.swell(event.length, 0.01, 0.04))
    return synth.out


def pour(synth: Synth) -> Samples:
    """Synthesise rain: a hiss of distant drops that thickens with gusts, and single close drops on cloth and water."""
    rng, t = synth.rng, synth.times()
    gust = 0.55 + 0.6 * synth.score.level(t, "gust")
    out = 0.5 * gust * synth.band(synth.noise(), 500, 9000)
    density = rng.uniform(12, 26)
    for pitch in np.exp(rng.uniform(np.log(500), np.log(5000), 6)):
        drop = synth.damped((pitch, pitch * 1.9), (1, 0.5), (0.007, 0.004), 0.04)
        falls = (rng.random(len(t)) < density * gust / synth.rate) * rng.lognormal(0, 0.7, len(t))
        out += 1.3 * oaconvolve(falls, drop)[: len(t)]
    return np.asarray(out)


def blast(synth: Synth) -> Samples:
    """Synthesise blasts: a crack, a boom that sinks in pitch, a rumble, and crackling debris."""
    rng, rate, t = synth.rng, synth.rate, synth.times(2.2)
    depth = rng.uniform(0.8, 1.3)
    # One long noise in three bands, cut anew for each blast, since filtering is slow.
    hiss = synth.noise(2 * 2.2)
    bands = [
        (synth.band(hiss, low, high), level * np.exp(-t / decay))
        for low, high, level, decay in ((40, 240, 3.2, 0.7), (200, 1800, 1.6, 0.28), (1500, 9000, 1.0, 0.06))
    ]
    boom = np.sin(2 * np.pi * np.cumsum(38 + 70 * np.exp(-t / 0.12)) / rate / depth) * np.exp(-t / 0.45) * 1.4
    piece = synth.band(synth.noise(0.02), 700, 5000) * np.exp(-synth.times(0.02) / 0.004)
    for event in synth.score.of("blast"):
        cut = rng.integers(len(t))
        burst = boom + sum(fade * part[cut : cut + len(t)] for part, fade in bands)
        pieces = (rng.random(len(t)) < 70 * np.exp(-t / 0.6) / rate) * rng.lognormal(0, 0.8, len(t))
        whole = np.tanh(1.5 * np.clip(t / 0.004, 0, 1) * burst) + 0.35 * oaconvolve(pieces, piece)[: len(t)]
        synth.add(event.start, event.strength * whole * np.clip((2.2 - t) / 0.3, 0, 1))
    return synth.out
