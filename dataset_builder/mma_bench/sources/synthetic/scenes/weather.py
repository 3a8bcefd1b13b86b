"""Rain and explosion."""

from itertools import pairwise

import numpy as np

from mma_bench.sources.synthetic.canvas import Canvas, Colour, Points, arc, circle, path
from mma_bench.sources.synthetic.look import Look
from mma_bench.sources.synthetic.score import Event, Score

_GOLDEN = 0.6180339887


def draw_rain(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a cloud, falling streaks, rings on a puddle and an umbrella; a gust slants and thickens the rain."""
    inks = look.palette
    gust = float(score.level(np.array(time), "gust"))
    slant = 0.1 + 0.3 * gust
    _puddle(canvas, time, gust, look)
    _umbrella(canvas.moved(look.vary(0, -0.35, 0.35), 0.16, scale=0.82, turn=0.12 * (gust - 0.5)), look)
    drops = 55 + int(50 * gust)
    for i in range(drops):
        fall = (time * (1.5 + 0.5 * (i * 0.37 % 1)) + i * _GOLDEN * 3) % 1
        x = (i * _GOLDEN % 1) * 3.4 - 1.5
        y = -0.8 + 1.9 * fall
        canvas.stroke(path((x - slant * (y + 0.8), y), (x - slant * (y + 0.96), y + 0.16)), 0.036, inks.body)
    for x, scale in ((-0.75, 1.0), (0.7, 1.15), (-0.05, 1.3)):
        _cloud(canvas.moved(x + 0.06 * np.sin(time + x), -0.86, scale=0.5 * scale), look)


def _cloud(cloud: Canvas, look: Look) -> None:
    puffs = ((-0.55, 0.08, 0.3), (0.0, -0.16, 0.46), (0.55, 0.06, 0.34), (0.15, 0.16, 0.34), (-0.25, 0.16, 0.32))
    for x, y, radius in puffs:
        cloud.ellipse(x, y, radius + 0.06, radius + 0.06, cloud.edge, outline=0)
    for x, y, radius in puffs:
        cloud.ellipse(x, y, radius, radius, look.palette.body, outline=0)


def _puddle(canvas: Canvas, time: float, gust: float, look: Look) -> None:
    inks = look.palette
    canvas.ellipse(0, 1.0, 1.25, 0.24, inks.third)
    for i in range(5 + int(4 * gust)):
        age = (1.4 * time + i * _GOLDEN) % 1
        spot = int(1.4 * time + i * _GOLDEN) + 7 * i
        x, y = (spot * _GOLDEN % 1) * 1.8 - 0.9, 0.93 + 0.14 * (spot * 0.377 % 1)
        canvas.stroke(arc(0, 0, 1, 0, 2 * np.pi) * (0.24 * age, 0.07 * age) + (x, y), 0.025, inks.light, alpha=1 - age)
        if age < 0.3:
            for lean in (-0.07, 0.07):
                canvas.stroke(path((x, y), (x + lean, y - 0.14)), 0.03, inks.light)


def _umbrella(canvas: Canvas, look: Look) -> None:
    inks = look.palette
    canvas.limb(path((0, -0.1), (0, 0.78)), 0.05, inks.dark, outline=0)
    canvas.stroke(arc(-0.12, 0.78, 0.12, 0, np.pi), 0.06, inks.dark)
    canvas.stroke(path((0, -0.7), (0, -0.85)), 0.05)
    ribs = np.linspace(-0.95, 0.95, 6)
    for panel, (a, b) in enumerate(pairwise(ribs)):
        scallop = arc((a + b) / 2, 0, (b - a) / 2, 0, -np.pi) * (1, 0.4)
        gore = np.concatenate([_rib(a)[::-1], _rib(b), scallop])
        canvas.shape(gore, (inks.accent, inks.second)[panel % 2], outline=0.035)


def _rib(foot: float) -> Points:
    bend = np.linspace(0, np.pi / 2, 9)
    return np.stack([foot * np.sin(bend), -0.74 * np.cos(bend)], axis=1)


def draw_explosion(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw blasts: a jagged star of fire bursts out of a cloud of smoke and scatters debris."""
    for event in score.of("blast"):
        age = time - event.start
        if 0 <= age < _SMOKE_LASTS:
            x, y = 0.3 * np.cos(40 * event.pitch), 0.1 + 0.22 * np.sin(70 * event.pitch)
            _blast(canvas.moved(x, y, scale=0.85 + 0.3 * event.strength), age, event, look)


_SMOKE_LASTS = 2.3
_FIRE_LASTS = 1.8


def _blast(canvas: Canvas, age: float, event: Event, look: Look) -> None:
    inks, rng = look.palette, np.random.default_rng(int(event.pitch * 2**32))
    grown = 1 - np.exp(-10 * age)
    _smoke(canvas, age, rng.uniform(-1, 1, (12, 2)), look)
    for angle, speed in rng.uniform((0, 0.8), (2 * np.pi, 1.5), (7, 2)):
        reach = speed * (1 - np.exp(-3 * age)) * 1.2
        x, y = reach * np.cos(angle), reach * np.sin(angle) + 0.4 * age**2
        if age < 0.7:
            canvas.stroke(path((0.6 * x, 0.6 * y), (x, y)), 0.03, inks.body, alpha=0.9 - age)
        canvas.moved(x, y, scale=0.1, turn=9 * age + angle).shape(circle(4), inks.dark, outline=0)
    spikes, fire = rng.uniform(0.7, 1.15, 12), max(0.0, 1 - age / _FIRE_LASTS) ** 0.6
    flicker = 1 + 0.05 * np.sin(31 * age)
    for share, ink in ((1.0, inks.body), (0.7, inks.accent), (0.42, inks.light)):
        _star(canvas.turned(0.25 * share), 1.02 * share * (0.35 + 0.7 * grown) * fire * flicker, spikes, ink)
    if age < 0.5:
        canvas.stroke(arc(0, 0, 0.6 + 2.2 * age, 0, 2 * np.pi), 0.05, inks.light, alpha=1 - 2 * age)


def _star(canvas: Canvas, radius: float, spikes: Points, ink: Colour) -> None:
    angles = np.arange(2 * len(spikes)) * np.pi / len(spikes)
    reach = np.stack([spikes, np.full(len(spikes), 0.54)], axis=1).ravel() * radius
    canvas.shape(np.stack([reach * np.cos(angles), reach * np.sin(angles)], 1), ink, outline=0.03)


def _smoke(canvas: Canvas, age: float, drifts: Points, look: Look) -> None:
    """Draw puffs in a ring that swells, rises and thins out; the dark rims first, so that they join into one cloud."""
    inks, left = look.palette, min(1.0, max(0.0, (_SMOKE_LASTS - age) / 1.0))
    swell = (1 - np.exp(-5 * age)) * (0.8 + 0.15 * age)
    angles = np.arange(len(drifts)) * 2 * np.pi / 10
    reach = np.where(np.arange(len(drifts)) < 10, 0.7, 0.25) + 0.1 * drifts[:, 0]
    puffs = np.stack(
        [
            swell * reach * np.cos(angles),
            swell * reach * 0.85 * np.sin(angles) - 0.22 * age,
            (0.28 + 0.07 * drifts[:, 1]) * min(1.0, 3 * age) * left**0.7,
        ],
        axis=1,
    ).tolist()
    for x, y, radius in puffs:
        canvas.ellipse(x, y, radius + 0.035, radius + 0.035, canvas.edge, outline=0)
    for x, y, radius in puffs:
        canvas.ellipse(x, y, radius, radius, inks.second, outline=0)
    for x, y, radius in puffs[::2]:
        canvas.stroke(arc(x, y, 0.6 * radius, 3.4, 5.2), 0.035)
