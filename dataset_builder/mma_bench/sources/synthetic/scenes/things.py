"""Scenes of a clock, a door, a car, rain and explosions."""

from itertools import pairwise

import numpy as np

from mma_bench.sources.synthetic.canvas import Canvas, Points, arc, circle, path
from mma_bench.sources.synthetic.look import Ink, Look
from mma_bench.sources.synthetic.score import Event, Score


def draw_clock(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a wall clock with hands and a pendulum; the second hand steps and the pendulum reverses with each tick."""
    clock = canvas.moved(0, -0.1)
    ticks = score.count(time, "tick") * 2
    clock.box(-0.4, 0.3, 0.4, 1.12, "second")
    clock.box(-0.31, 0.36, 0.31, 1.04, "dark", outline=0.015)
    pendulum = clock.turned(0.42 * np.cos(np.pi * ticks), 0, 0.35)
    pendulum.stroke(path((0, 0.35), (0, 0.84)), 0.04, "accent")
    pendulum.ellipse(0, 0.84, 0.13, 0.13, "accent", outline=0.02)
    clock.shape(path((-0.62, -0.62), (0.0, -1.1), (0.62, -0.62)), "second")
    clock.ellipse(0, -0.16, 0.74, 0.74, "body")
    clock.ellipse(0, -0.16, 0.61, 0.61, "light", outline=0.02)
    _dial(clock.moved(0, -0.16), ticks, look)


def _dial(dial: Canvas, ticks: float, look: Look) -> None:
    for hour in range(12):
        end, width = (-0.48, 0.035) if hour % 3 else (-0.42, 0.055)
        dial.turned(hour * np.pi / 6).stroke(path((0, -0.56), (0, end)), width, "dark")
    minutes = look.vary(0, 0, 720)
    dial.turned(minutes * np.pi / 360).limb(path((0, 0.06), (0, -0.28)), 0.075, "dark", outline=0)
    dial.turned(minutes * np.pi / 30).limb(path((0, 0.08), (0, -0.46)), 0.05, "dark", outline=0)
    # The hand rests on its mark and jumps just as the tick is heard.
    step = np.floor(ticks) + min(1.0, (ticks % 1) * 6)
    dial.turned((step + 60 * look.vary(1, 0, 1)) * np.pi / 30).stroke(path((0, 0.14), (0, -0.5)), 0.03, "accent")
    dial.ellipse(0, 0, 0.06, 0.06, "accent", outline=0.015)


def draw_door(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a panelled door in its frame: it creaks open, slams shut, and its knocker falls with each knock."""
    ajar, shake = _ajar(time, score), 0.012 * np.sin(90 * time) * np.exp(-9 * score.since(time, "slam"))
    room = canvas.moved(shake, shake)
    room.box(-1.6, 0.95, 1.6, 1.9, "third")
    room.box(-0.62, -1.0, 0.62, 0.98, "second")
    room.box(-0.48, -0.86, 0.48, 0.96, "dark", outline=0.02)
    room.shape(path((-0.48, 0.96), (-0.3, 0.55), (0.3, 0.55), (0.48, 0.96)), "accent", outline=0.02)
    _leaf(room, ajar, time, score)
    room.shape(path((-0.62, 0.98), (0.62, 0.98), (0.74, 1.12), (-0.74, 1.12)), "second")
    since = score.since(time, "slam")
    if since < 0.3:
        ray = path((1.0 + since, 0), (1.15 + since, 0))
        for angle in np.arange(8) * np.pi / 4 + 0.4:
            room.moved(0, 0.05, turn=angle).stroke(ray, 0.05, alpha=1 - since / 0.3)


def _ajar(time: float, score: Score) -> float:
    """Compute how far the door is open, 0 to 1: it opens with a creak and stays open until the slam."""
    creak = next((event for event in reversed(score.of("creak")) if event.start <= time), None)
    if creak is None or score.since(time, "slam") <= time - creak.start:
        return 0.0
    return float(np.sin(np.pi / 2 * min(1.0, (time - creak.start) / creak.length)))


def _leaf(room: Canvas, ajar: float, time: float, score: Score) -> None:
    across, near = 0.96 * np.cos(1.25 * ajar), 0.2 * np.sin(1.25 * ajar)

    def on_leaf(u: float, v: float) -> tuple[float, float]:
        grow = near * u
        return -0.48 + across * u, -0.86 - grow + (1.82 + 2 * grow) * v

    def panel(left: float, top: float, right: float, bottom: float) -> Points:
        return path(on_leaf(left, top), on_leaf(right, top), on_leaf(right, bottom), on_leaf(left, bottom))

    room.shape(panel(0, 0, 1, 1), "body", outline=0.035)
    for left, right in ((0.14, 0.45), (0.55, 0.86)):
        for top, bottom in ((0.08, 0.42), (0.54, 0.92)):
            room.shape(panel(left, top, right, bottom), "third", outline=0.02)
    x, y = on_leaf(0.91, 0.52)
    room.ellipse(x, y, 0.055, 0.065, "accent", outline=0.02)
    x, y = on_leaf(0.5, 0.2)
    lift = -0.9 * score.swell(time + 0.12, "knock")
    room.ellipse(x, y, 0.06, 0.06, "accent", outline=0.02)
    room.moved(x, y).stretched(max(0.2, across), np.cos(lift)).stroke(arc(0, 0.11, 0.12, 0, 2 * np.pi), 0.05, "accent")
    since = score.since(time, "knock")
    if since < 0.2:
        for angle in (1.57 * 2, 0.0):
            room.moved(x, y + 0.1).stroke(arc(0, 0, 0.26 + since, angle - 0.6, angle + 0.6), 0.04)


_CAR = path((-1.0, 0.3), (-1.02, 0.02), (-0.92, -0.08), (-0.62, -0.14), (-0.38, -0.52), (0.26, -0.52), (0.56, -0.12),
            (0.9, -0.04), (1.02, 0.1), (1.02, 0.3))  # fmt: skip
_WINDOW_BACK = path((-0.48, -0.14), (-0.3, -0.43), (-0.06, -0.43), (-0.06, -0.14))
_WINDOW_FRONT = path((0.02, -0.14), (0.02, -0.43), (0.22, -0.43), (0.43, -0.14))


def draw_car(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a car from the side on a road that scrolls equally far in each gear; its headlight flashes as it honks."""
    way = 4.2 * score.count(time, "gear") * look.vary(0, 0.7, 1.2)
    canvas.box(-3, 0.42, 3, 0.98, "third")
    for dash in range(-5, 6):
        x = dash * 0.7 - way % 0.7
        canvas.shape(path((x, 0.72), (x + 0.36, 0.72), (x + 0.33, 0.79), (x - 0.03, 0.79)), "light", outline=0)
    for post in range(-4, 5):
        x = post * 1.3 - way * 0.6 % 1.3
        canvas.limb(path((x, 0.42), (x, 0.2)), 0.05, "second", outline=0.02)
    car = canvas.moved(0, 0.16 + 0.015 * np.sin(21 * time))
    for i in range(4):
        age = (1.7 * time + i / 4) % 1
        across, down = 0.05 + 0.13 * age, 0.05 + 0.11 * age
        car.ellipse(-1.12 - 0.6 * age, 0.22 - 0.25 * age, across, down, "light", outline=0, alpha=0.75 * (1 - age))
    car.shape(_CAR, "body", outline=0.04)
    for window in (_WINDOW_BACK, _WINDOW_FRONT):
        car.shape(window, "light", outline=0.025)
    car.stroke(path((-0.02, -0.12), (-0.02, 0.28)), 0.025)
    car.stroke(path((0.06, -0.02), (0.18, -0.02)), 0.04)
    car.ellipse(0.95, 0.08, 0.07, 0.09, "accent", outline=0.02)
    car.box(-1.02, 0.02, -0.93, 0.14, "accent", outline=0.02)
    if score.swell(time, "horn") > 0.05:
        for angle in (-0.35, 0.0, 0.35):
            car.moved(1.0, 0.05, turn=angle).stroke(path((0.15, 0), (0.4, 0)), 0.06, "accent")
    for x in (-0.58, 0.6):
        wheel = car.moved(x, 0.32)
        wheel.ellipse(0, 0, 0.245, 0.245, "dark")
        wheel.ellipse(0, 0, 0.14, 0.14, "light", outline=0.02)
        for angle in range(3):
            wheel.turned(way / 0.24).turned(angle * np.pi / 3).stroke(path((-0.13, 0), (0.13, 0)), 0.035, "dark")
        wheel.shape(circle(16) * 0.04, "dark", outline=0)


_GOLDEN = 0.6180339887
_PUFFS = ((-0.55, 0.08, 0.3), (0.0, -0.16, 0.46), (0.55, 0.06, 0.34), (0.15, 0.16, 0.34), (-0.25, 0.16, 0.32))
_SMOKE_LASTS = 2.3
_FIRE_LASTS = 1.8


def draw_rain(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a cloud, falling streaks, rings on a puddle and an umbrella; a gust slants and thickens the rain."""
    gust = float(score.level(np.array(time), "gust"))
    slant = 0.1 + 0.3 * gust
    _puddle(canvas, time, gust)
    _umbrella(canvas.moved(look.vary(0, -0.35, 0.35), 0.16, scale=0.82, turn=0.12 * (gust - 0.5)))
    for i in range(55 + int(50 * gust)):
        fall = (time * (1.5 + 0.5 * (i * 0.37 % 1)) + i * _GOLDEN * 3) % 1
        x, y = (i * _GOLDEN % 1) * 3.4 - 1.5, -0.8 + 1.9 * fall
        canvas.stroke(path((x - slant * (y + 0.8), y), (x - slant * (y + 0.96), y + 0.16)), 0.036, "body")
    for x, scale in ((-0.75, 1.0), (0.7, 1.15), (-0.05, 1.3)):
        cloud = canvas.moved(x + 0.06 * np.sin(time + x), -0.86, scale=0.5 * scale)
        for left, top, radius in _PUFFS:
            cloud.ellipse(left, top, radius + 0.06, radius + 0.06, "edge", outline=0)
        for left, top, radius in _PUFFS:
            cloud.ellipse(left, top, radius, radius, "body", outline=0)


def _puddle(canvas: Canvas, time: float, gust: float) -> None:
    canvas.ellipse(0, 1.0, 1.25, 0.24, "third")
    for i in range(5 + int(4 * gust)):
        age = (1.4 * time + i * _GOLDEN) % 1
        spot = int(1.4 * time + i * _GOLDEN) + 7 * i
        x, y = (spot * _GOLDEN % 1) * 1.8 - 0.9, 0.93 + 0.14 * (spot * 0.377 % 1)
        canvas.stroke(arc(0, 0, 1, 0, 2 * np.pi) * (0.24 * age, 0.07 * age) + (x, y), 0.025, "light", alpha=1 - age)
        if age < 0.3:
            for lean in (-0.07, 0.07):
                canvas.stroke(path((x, y), (x + lean, y - 0.14)), 0.03, "light")


def _umbrella(canvas: Canvas) -> None:
    canvas.limb(path((0, -0.1), (0, 0.78)), 0.05, "dark", outline=0)
    canvas.stroke(arc(-0.12, 0.78, 0.12, 0, np.pi), 0.06, "dark")
    canvas.stroke(path((0, -0.7), (0, -0.85)), 0.05)
    for panel, (a, b) in enumerate(pairwise(np.linspace(-0.95, 0.95, 6))):
        scallop = arc((a + b) / 2, 0, (b - a) / 2, 0, -np.pi) * (1, 0.4)
        gore = np.concatenate([_rib(a)[::-1], _rib(b), scallop])
        canvas.shape(gore, ("accent", "second")[panel % 2], outline=0.035)


def _rib(foot: float) -> Points:
    bend = np.linspace(0, np.pi / 2, 9)
    return np.stack([foot * np.sin(bend), -0.74 * np.cos(bend)], axis=1)


def draw_explosion(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw blasts: a jagged star of fire bursts out of a cloud of smoke and scatters debris."""
    for event in score.of("blast"):
        age = time - event.start
        if 0 <= age < _SMOKE_LASTS:
            x, y = 0.3 * np.cos(40 * event.pitch), 0.1 + 0.22 * np.sin(70 * event.pitch)
            _blast(canvas.moved(x, y, scale=0.85 + 0.3 * event.strength), age, event)


def _blast(canvas: Canvas, age: float, event: Event) -> None:
    rng = np.random.default_rng(int(event.pitch * 2**32))
    grown = 1 - np.exp(-10 * age)
    _smoke(canvas, age, rng.uniform(-1, 1, (12, 2)))
    for angle, speed in rng.uniform((0, 0.8), (2 * np.pi, 1.5), (7, 2)):
        reach = speed * (1 - np.exp(-3 * age)) * 1.2
        x, y = reach * np.cos(angle), reach * np.sin(angle) + 0.4 * age**2
        if age < 0.7:
            canvas.stroke(path((0.6 * x, 0.6 * y), (x, y)), 0.03, "body", alpha=0.9 - age)
        canvas.moved(x, y, scale=0.1, turn=9 * age + angle).shape(circle(4), "dark", outline=0)
    spikes, fire = rng.uniform(0.7, 1.15, 12), max(0.0, 1 - age / _FIRE_LASTS) ** 0.6
    flicker = 1 + 0.05 * np.sin(31 * age)
    layers: tuple[tuple[float, Ink], ...] = ((1.0, "body"), (0.7, "accent"), (0.42, "light"))
    for share, ink in layers:
        _star(canvas.turned(0.25 * share), 1.02 * share * (0.35 + 0.7 * grown) * fire * flicker, spikes, ink)
    if age < 0.5:
        canvas.stroke(arc(0, 0, 0.6 + 2.2 * age, 0, 2 * np.pi), 0.05, "light", alpha=1 - 2 * age)


def _star(canvas: Canvas, radius: float, spikes: Points, ink: Ink) -> None:
    angles = np.arange(2 * len(spikes)) * np.pi / len(spikes)
    reach = np.stack([spikes, np.full(len(spikes), 0.54)], axis=1).ravel() * radius
    canvas.shape(np.stack([reach * np.cos(angles), reach * np.sin(angles)], 1), ink, outline=0.03)


def _smoke(canvas: Canvas, age: float, drifts: Points) -> None:
    """Draw puffs in a ring that swells, rises and thins out; dark rims are drawn first, so that they merge."""
    left = min(1.0, max(0.0, (_SMOKE_LASTS - age) / 1.0))
    swell = (1 - np.exp(-5 * age)) * (0.8 + 0.15 * age)
    angles = np.arange(len(drifts)) * 2 * np.pi / 10
    reach = np.where(np.arange(len(drifts)) < 10, 0.7, 0.25) + 0.1 * drifts[:, 0]
    xs, ys = swell * reach * np.cos(angles), swell * reach * 0.85 * np.sin(angles) - 0.22 * age
    radii = (0.28 + 0.07 * drifts[:, 1]) * min(1.0, 3 * age) * left**0.7
    puffs = np.stack([xs, ys, radii], axis=1).tolist()
    for x, y, radius in puffs:
        canvas.ellipse(x, y, radius + 0.035, radius + 0.035, "edge", outline=0)
    for x, y, radius in puffs:
        canvas.ellipse(x, y, radius, radius, "second", outline=0)
    for x, y, radius in puffs[::2]:
        canvas.stroke(arc(x, y, 0.6 * radius, 3.4, 5.2), 0.035)
