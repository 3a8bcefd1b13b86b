"""Scenes of an accordion, a bell and a violin."""

import numpy as np

from mma_bench.sources.synthetic.canvas import Canvas, arc, curve, path
from mma_bench.sources.synthetic.look import Look
from mma_bench.sources.synthetic.score import Score


def draw_accordion(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw an accordion whose bellows open or close with each stroke and whose keys go down with each note."""
    open_by = 0.5 - 0.5 * np.cos(np.pi * score.count(time, "bellows"))
    half = 0.2 + 0.34 * open_by
    left = canvas.moved(-half, 0, turn=-0.03 - 0.14 * open_by)
    right = canvas.moved(half, 0, turn=0.03 + 0.14 * open_by)
    _bellows(canvas, half, 0.17 * open_by, look)
    _bass_case(left)
    _treble_case(right, time, score)


def _bellows(canvas: Canvas, half: float, lean: float, look: Look) -> None:
    folds = 5 + int(look.vary(0, 0, 3.99))
    across = np.linspace(-1, 1, 2 * folds + 1)
    ridge = np.where(np.arange(2 * folds + 1) % 2, 0.62, 0.5)
    top = np.stack([across * (half + 0.62 * lean), -ridge], 1)
    bottom = np.stack([across * (half - 0.62 * lean), ridge], 1)
    for i in range(2 * folds):
        pleat = np.array([top[i], top[i + 1], bottom[i + 1], bottom[i]])
        canvas.shape(pleat, ("light", "second")[i % 2], outline=0.022)


def _bass_case(left: Canvas) -> None:
    left.limb(curve((-0.4, -0.5), (-0.56, 0.0), (-0.4, 0.5), closed=False), 0.06, "second", outline=0.02)
    left.box(-0.42, -0.64, 0.02, 0.64, "body")
    for row in range(6):
        for column in range(3):
            left.ellipse(-0.32 + 0.12 * column, -0.5 + 0.2 * row, 0.045, 0.045, "light", outline=0.015)


def _treble_case(right: Canvas, time: float, score: Score) -> None:
    right.box(-0.02, -0.64, 0.28, 0.64, "body")
    for row in range(5):
        right.stroke(path((0.05, -0.46 + 0.23 * row), (0.2, -0.4 + 0.23 * row)), 0.05)
    pressed = {int(event.pitch * 8) for event in score.of("note") if event.start <= time < event.end}
    for key in range(9):
        top, down = -0.63 + 0.14 * key, 0.06 if key in pressed else 0.0
        right.box(0.26, top, 0.6 - down, top + 0.14, "accent" if key in pressed else "light", outline=0.018)
    for key in (0, 1, 3, 4, 5, 7):
        right.box(0.26, -0.53 + 0.14 * key, 0.45, -0.455 + 0.14 * key, "dark", outline=0)


_BELL = curve(
    (0.0, -0.5), (0.2, -0.46), (0.3, -0.3), (0.35, 0.0), (0.44, 0.28), (0.62, 0.48), (0.6, 0.56), (0.0, 0.6),
    (-0.6, 0.56), (-0.62, 0.48), (-0.44, 0.28), (-0.35, 0.0), (-0.3, -0.3), (-0.2, -0.46)
)  # fmt: skip


def draw_bell(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a church bell swinging under its beam; the clapper hits the rim with each stroke."""
    strokes = score.count(time, "strike")
    swing = look.vary(0, 0.35, 0.6) * np.cos(np.pi * strokes)
    for x in (-0.98, 0.98):
        canvas.limb(path((x, -0.72), (x, 1.9)), 0.1, "third")
    canvas.box(-1.15, -0.92, 1.15, -0.72, "third")
    bell = canvas.turned(swing, 0, -0.74)
    clapper = bell.turned(0.32 * np.cos(np.pi * strokes), 0, -0.3)
    bell.ellipse(0, -0.58, 0.12, 0.14, "second")
    clapper.limb(path((0, 0.2), (0, 0.66)), 0.06, "second")
    clapper.ellipse(0, 0.7, 0.13, 0.13, "accent")
    bell.shape(_BELL, "body")
    bell.stroke(curve((-0.46, 0.32), (0.0, 0.38), (0.46, 0.32), closed=False), 0.05, "second")
    bell.stroke(curve((-0.31, -0.22), (0.0, -0.17), (0.31, -0.22), closed=False), 0.04, "second")
    bell.stroke(curve((-0.18, -0.1), (-0.2, 0.06), (-0.26, 0.22), closed=False), 0.06, "light")
    since, side = score.since(time, "strike"), 0.0 if swing < 0 else np.pi
    for ring in range(2) if since < 0.35 else ():
        radius = 0.75 + 0.15 * ring + 0.5 * since
        canvas.stroke(arc(0, 0.1, radius, side - 0.35, side + 0.35), 0.04, alpha=1 - since / 0.35)


_VIOLIN = curve(
    (0.0, -0.3), (0.2, -0.28), (0.31, -0.12), (0.24, 0.04), (0.19, 0.16), (0.26, 0.28), (0.4, 0.44), (0.38, 0.68),
    (0.18, 0.84), (0.0, 0.86), (-0.18, 0.84), (-0.38, 0.68), (-0.4, 0.44), (-0.26, 0.28), (-0.19, 0.16),
    (-0.24, 0.04), (-0.31, -0.12), (-0.2, -0.28)
)  # fmt: skip
_SCROLL = curve((-0.06, -0.95), (-0.1, -1.1), (0.0, -1.18), (0.12, -1.12), (0.12, -1.0), (0.05, -0.94))
_F_HOLE = curve((0.05, -0.16), (0.0, -0.14), (0.0, 0.0), (0.02, 0.12), (-0.03, 0.16), closed=False)


def draw_violin(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a slanted violin; the bow changes direction with each stroke."""
    violin = canvas.moved(0, 0.1, scale=1.02, turn=look.vary(0, -0.1, 0.45)).stretched(look.vary(1, 1.1, 1.35), 1.0)
    violin.shape(_VIOLIN, "body", outline=0.04)
    violin.shape(path((-0.1, 0.62), (0.1, 0.62), (0.05, 0.86), (-0.05, 0.86)), "dark")
    for mirror in (False, True):
        violin.moved(0, 0, mirror=mirror).moved(0.16, 0.34, scale=1.1).stroke(_F_HOLE, 0.05, "dark")
    violin.shape(_SCROLL, "body")
    for x, y in ((-0.18, -0.9), (0.18, -0.86), (-0.18, -0.8), (0.18, -0.76)):
        violin.limb(path((x * 0.3, y), (x, y)), 0.06, "second", outline=0.02)
    violin.shape(path((-0.055, -0.98), (0.055, -0.98), (0.09, 0.12), (-0.09, 0.12)), "dark")
    violin.box(-0.15, 0.42, 0.15, 0.48, "light", outline=0.02)
    for x in (-0.045, -0.015, 0.015, 0.045):
        violin.stroke(path((x, -0.9), (x * 1.4, 0.66)), 0.012, "light")
    violin.ellipse(0.02, -1.06, 0.04, 0.045, "dark", outline=0)
    _bow(violin.stretched(1 / look.vary(1, 1.1, 1.35), 1.0), time, score, look)


def _bow(violin: Canvas, time: float, score: Score, look: Look) -> None:
    travel = 0.55 * np.cos(np.pi * score.count(time, "stroke"))
    bow = violin.moved(travel, 0.3, turn=look.vary(2, -0.25, 0.05))
    stick = curve((-1.0, -0.06), (-0.4, -0.13), (0.4, -0.13), (1.0, -0.08), closed=False)
    bow.limb(stick, 0.05, "third", outline=0.022)
    bow.stroke(path((-0.96, 0.0), (0.92, 0.02)), 0.045, "light")
    bow.shape(path((-1.02, -0.1), (-0.94, -0.08), (-0.94, 0.04), (-1.0, 0.04)), "third", outline=0.02)
    bow.box(0.8, -0.12, 0.98, 0.04, "dark", outline=0.02)
