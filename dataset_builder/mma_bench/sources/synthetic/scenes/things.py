"""Clock, door and car."""

import numpy as np

from mma_bench.sources.synthetic.canvas import Canvas, arc, circle, path
from mma_bench.sources.synthetic.look import Look
from mma_bench.sources.synthetic.score import Score


def draw_clock(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a wall clock with hands and a pendulum; the second hand steps and the pendulum turns with each tick."""
    inks = look.palette
    clock = canvas.moved(0, -0.1)
    ticks = score.count(time, "tick") * 2
    clock.box(-0.4, 0.3, 0.4, 1.12, inks.second)
    clock.box(-0.31, 0.36, 0.31, 1.04, inks.dark, outline=0.015)
    pendulum = clock.turned(0.42 * np.cos(np.pi * ticks), 0, 0.35)
    pendulum.stroke(path((0, 0.35), (0, 0.84)), 0.04, inks.accent)
    pendulum.ellipse(0, 0.84, 0.13, 0.13, inks.accent, outline=0.02)
    clock.shape(path((-0.62, -0.62), (0.0, -1.1), (0.62, -0.62)), inks.second)
    clock.ellipse(0, -0.16, 0.74, 0.74, inks.body)
    clock.ellipse(0, -0.16, 0.61, 0.61, inks.light, outline=0.02)
    _dial(clock.moved(0, -0.16), ticks, look)


def _dial(dial: Canvas, ticks: float, look: Look) -> None:
    inks = look.palette
    for hour in range(12):
        mark = dial.turned(hour * np.pi / 6)
        mark.stroke(
            path((0, -0.56), (0, -0.42 if hour % 3 == 0 else -0.48)), 0.055 if hour % 3 == 0 else 0.035, inks.dark
        )
    minutes = look.vary(0, 0, 720)
    dial.turned(minutes * np.pi / 360).limb(path((0, 0.06), (0, -0.28)), 0.075, inks.dark, outline=0)
    dial.turned(minutes * np.pi / 30).limb(path((0, 0.08), (0, -0.46)), 0.05, inks.dark, outline=0)
    # The hand rests on its mark and jumps just as the tick is heard.
    step = np.floor(ticks) + min(1.0, (ticks % 1) * 6)
    dial.turned((step + 60 * look.vary(1, 0, 1)) * np.pi / 30).stroke(path((0, 0.14), (0, -0.5)), 0.03, inks.accent)
    dial.ellipse(0, 0, 0.06, 0.06, inks.accent, outline=0.015)


def draw_door(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a panelled door in its frame: it creaks open, slams shut, and its knocker falls with each knock."""
    inks = look.palette
    ajar, shake = _ajar(time, score), 0.012 * np.sin(90 * time) * np.exp(-9 * score.since(time, "slam"))
    room = canvas.moved(shake, shake)
    room.box(-1.6, 0.95, 1.6, 1.9, inks.third)
    room.box(-0.62, -1.0, 0.62, 0.98, inks.second)
    room.box(-0.48, -0.86, 0.48, 0.96, inks.dark, outline=0.02)
    room.shape(path((-0.48, 0.96), (-0.3, 0.55), (0.3, 0.55), (0.48, 0.96)), inks.accent, outline=0.02)
    _leaf(room, ajar, time, score, look)
    room.shape(path((-0.62, 0.98), (0.62, 0.98), (0.74, 1.12), (-0.74, 1.12)), inks.second)
    since = score.since(time, "slam")
    if since < 0.3:
        for angle in np.arange(8) * np.pi / 4 + 0.4:
            room.moved(0, 0.05, turn=angle).stroke(
                path((1.0 + since, 0), (1.15 + since, 0)), 0.05, alpha=1 - since / 0.3
            )


def _ajar(time: float, score: Score) -> float:
    """Compute how far the door is open, 0 to 1: it opens with a creak and stays open until the slam."""
    creak = next((event for event in reversed(score.of("creak")) if event.start <= time), None)
    if creak is None or score.since(time, "slam") <= time - creak.start:
        return 0.0
    return float(np.sin(np.pi / 2 * min(1.0, (time - creak.start) / creak.length)))


def _leaf(room: Canvas, ajar: float, time: float, score: Score, look: Look) -> None:
    inks = look.palette
    across, near = 0.96 * np.cos(1.25 * ajar), 0.2 * np.sin(1.25 * ajar)

    def on_leaf(u: float, v: float) -> tuple[float, float]:
        grow = near * u
        return -0.48 + across * u, -0.86 - grow + (1.82 + 2 * grow) * v

    def panel(left: float, top: float, right: float, bottom: float) -> np.ndarray:
        return path(on_leaf(left, top), on_leaf(right, top), on_leaf(right, bottom), on_leaf(left, bottom))

    room.shape(panel(0, 0, 1, 1), inks.body, outline=0.035)
    for left, right in ((0.14, 0.45), (0.55, 0.86)):
        for top, bottom in ((0.08, 0.42), (0.54, 0.92)):
            room.shape(panel(left, top, right, bottom), inks.third, outline=0.02)
    x, y = on_leaf(0.91, 0.52)
    room.ellipse(x, y, 0.055, 0.065, inks.accent, outline=0.02)
    x, y = on_leaf(0.5, 0.2)
    lift = -0.9 * score.swell(time + 0.12, "knock")
    room.ellipse(x, y, 0.06, 0.06, inks.accent, outline=0.02)
    room.moved(x, y).stretched(max(0.2, across), np.cos(lift)).stroke(
        arc(0, 0.11, 0.12, 0, 2 * np.pi), 0.05, inks.accent
    )
    since = score.since(time, "knock")
    if since < 0.2:
        for side in (-1, 1):
            room.moved(x, y + 0.1).stroke(
                arc(0, 0, 0.26 + since, 1.57 * (1 - side) - 0.6, 1.57 * (1 - side) + 0.6), 0.04
            )


_CAR = path((-1.0, 0.3), (-1.02, 0.02), (-0.92, -0.08), (-0.62, -0.14), (-0.38, -0.52), (0.26, -0.52), (0.56, -0.12),
            (0.9, -0.04), (1.02, 0.1), (1.02, 0.3))  # fmt: skip
_WINDOW_BACK = path((-0.48, -0.14), (-0.3, -0.43), (-0.06, -0.43), (-0.06, -0.14))
_WINDOW_FRONT = path((0.02, -0.14), (0.02, -0.43), (0.22, -0.43), (0.43, -0.14))


def draw_car(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a car from the side on a road that scrolls at the speed of its engine; its lamp flashes when it hoots."""
    inks, way = look.palette, 4.2 * score.count(time, "gear") * look.vary(0, 0.7, 1.2)
    canvas.box(-3, 0.42, 3, 0.98, inks.third)
    for dash in range(-5, 6):
        x = dash * 0.7 - way % 0.7
        canvas.shape(path((x, 0.72), (x + 0.36, 0.72), (x + 0.33, 0.79), (x - 0.03, 0.79)), inks.light, outline=0)
    for post in range(-4, 5):
        x = post * 1.3 - way * 0.6 % 1.3
        canvas.limb(path((x, 0.42), (x, 0.2)), 0.05, inks.second, outline=0.02)
    car = canvas.moved(0, 0.16 + 0.015 * np.sin(21 * time))
    for i in range(4):
        age = (1.7 * time + i / 4) % 1
        car.ellipse(-1.12 - 0.6 * age, 0.22 - 0.25 * age, 0.05 + 0.13 * age, 0.05 + 0.11 * age, inks.light, outline=0.0,
                    alpha=0.75 * (1 - age))  # fmt: skip
    car.shape(_CAR, inks.body, outline=0.04)
    for window in (_WINDOW_BACK, _WINDOW_FRONT):
        car.shape(window, inks.light, outline=0.025)
    car.stroke(path((-0.02, -0.12), (-0.02, 0.28)), 0.025)
    car.stroke(path((0.06, -0.02), (0.18, -0.02)), 0.04)
    car.ellipse(0.95, 0.08, 0.07, 0.09, inks.accent, outline=0.02)
    car.box(-1.02, 0.02, -0.93, 0.14, inks.accent, outline=0.02)
    if score.swell(time, "horn") > 0.05:
        for angle in (-0.35, 0.0, 0.35):
            car.moved(1.0, 0.05, turn=angle).stroke(path((0.15, 0), (0.4, 0)), 0.06, inks.accent)
    for x in (-0.58, 0.6):
        _wheel(car.moved(x, 0.32), -way / 0.24, look)


def _wheel(wheel: Canvas, turn: float, look: Look) -> None:
    inks = look.palette
    wheel.ellipse(0, 0, 0.245, 0.245, inks.dark)
    wheel.ellipse(0, 0, 0.14, 0.14, inks.light, outline=0.02)
    spokes = wheel.turned(-turn)
    for angle in range(3):
        spokes.turned(angle * np.pi / 3).stroke(path((-0.13, 0), (0.13, 0)), 0.035, inks.dark)
    wheel.shape(circle(16) * 0.04, inks.dark, outline=0)
