"""Bird and bee."""

import numpy as np

from mma_bench.sources.synthetic.canvas import Canvas, arc, curve, path
from mma_bench.sources.synthetic.look import Look
from mma_bench.sources.synthetic.score import Score

_BIRD_BODY = curve(
    (0.42, -0.5), (0.5, -0.15), (0.38, 0.2), (0.05, 0.4), (-0.35, 0.32), (-0.62, 0.12), (-0.3, -0.1), (0.02, -0.42)
)
_BIRD_WING = curve((0.22, -0.1), (0.18, 0.12), (-0.1, 0.24), (-0.55, 0.2), (-0.35, 0.02), (-0.02, -0.14))
_BIRD_TAIL = path((-0.4, 0.02), (-1.05, 0.02), (-0.98, 0.17), (-1.06, 0.3), (-0.4, 0.26))


def draw_bird(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a songbird on a branch; beak and tail move with each chirp, the wing flaps with each phrase."""
    inks, song = look.palette, score.swell(time, "chirp")
    _branch(canvas, look)
    for foot in (-0.02, 0.18):
        canvas.stroke(path((foot, 0.3), (foot + 0.03, 0.64)), 0.05)
    bird = canvas.turned(-0.1 * song, 0.05, 0.4).moved(0, 0, scale=look.vary(0, 0.95, 1.1))
    bird.turned(0.12 - 0.35 * song, -0.4, 0.15).shape(_BIRD_TAIL, inks.second)
    bird.shape(_BIRD_BODY, inks.body)
    bird.ellipse(0.22, 0.12, 0.2, 0.2, inks.light, outline=0)
    flap = song * np.sin(22 * time)
    bird.turned(0.1 + 0.7 * max(0.0, flap), 0.15, 0.0).shape(_BIRD_WING, inks.second)
    _bird_head(bird.turned(-0.18 * song, 0.3, -0.4), song, look)


def _bird_head(bird: Canvas, song: float, look: Look) -> None:
    inks = look.palette
    gape = 0.05 + 0.4 * song
    bird.turned(gape, 0.6, -0.5).shape(path((0.55, -0.5), (0.98, -0.44), (0.58, -0.38)), inks.accent)
    bird.turned(-gape * 0.8, 0.6, -0.54).shape(path((0.55, -0.64), (1.02, -0.52), (0.58, -0.48)), inks.accent)
    bird.ellipse(0.35, -0.52, 0.31, 0.29, inks.body)
    if look.traits[1] > 0.5:
        bird.shape(path((0.2, -0.76), (-0.02, -1.0), (0.36, -0.82)), inks.third)
    bird.ellipse(0.45, -0.58, 0.1, 0.1, inks.light, outline=0.02)
    bird.ellipse(0.48, -0.58, 0.05, 0.06, inks.dark, outline=0)


def _branch(canvas: Canvas, look: Look) -> None:
    inks = look.palette
    canvas.limb(path((-1.9, 0.78), (-0.5, 0.64), (0.6, 0.7), (1.9, 0.6)), 0.13, inks.third)
    for x, turn in ((-1.05, -0.7), (0.75, -0.5), (-0.7, 2.4), (1.05, 2.2)):
        leaf = canvas.moved(x, 0.68, turn=turn)
        leaf.shape(curve((0.0, 0.0), (0.18, -0.09), (0.38, 0.0), (0.18, 0.09)), inks.accent)


_BEE_WING = curve((0.0, 0.0), (-0.2, -0.32), (-0.12, -0.7), (0.14, -0.74), (0.22, -0.34))


def draw_bee(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a bee that flies in loops with its wings a blur; it flies faster and turns with the pitch of its buzz."""
    inks = look.palette
    loop = score.count(time, "flight") * 1.4
    where = (0.26 * np.sin(loop), 0.2 * np.sin(2 * loop + 0.4))
    for lag in range(1, 9):
        past = score.count(time - 0.16 * lag, "flight") * 1.4
        canvas.ellipse(
            0.26 * np.sin(past) - 0.55 - 0.12 * lag,
            0.2 * np.sin(2 * past + 0.4) + 0.1,
            0.03,
            0.03,
            inks.body,
            outline=0.015,
        )
    bee = canvas.moved(*where, turn=0.16 * np.cos(2 * loop + 0.4))
    flap = np.sin(2 * np.pi * 6.3 * time)
    for x, turn in ((-0.14, -0.55), (0.08, 0.1)):
        for sweep in (flap, -0.4 * flap):
            bee.moved(x, -0.26, turn=turn + 0.45 * sweep).shape(_BEE_WING, inks.light, alpha=0.6, outline=0.02)
    _bee_body(bee, look)


def _bee_body(bee: Canvas, look: Look) -> None:
    inks = look.palette
    bee.shape(path((-0.62, -0.05), (-0.86, 0.03), (-0.62, 0.12)), inks.dark)
    for x in (-0.25, -0.02, 0.2):
        bee.stroke(path((x, 0.26), (x + 0.05, 0.45), (x - 0.02, 0.52)), 0.035)
    bee.ellipse(-0.1, 0.02, 0.6, 0.36, inks.body)
    stripes = 3 + int(look.vary(0, 0, 1.99))
    for i in range(stripes):
        x = -0.5 + (i + 0.35) * 0.8 / stripes
        half = 0.33 * np.sqrt(1 - ((x + 0.1 + 0.05) / 0.62) ** 2)
        bee.shape(
            curve((x, 0.02 - half), (x + 0.13, 0.02 - half * 0.98), (x + 0.18, 0.02), (x + 0.13, 0.02 + half * 0.98),
                  (x, 0.02 + half), (x + 0.05, 0.02), steps=3), inks.dark, outline=0
        )  # fmt: skip
    for lean in (-0.1, 0.12):
        bee.stroke(path((0.55, -0.16), (0.66 + lean, -0.4), (0.78 + lean, -0.5)), 0.03)
        bee.ellipse(0.78 + lean, -0.5, 0.045, 0.045, inks.dark, outline=0)
    bee.ellipse(0.52, 0.0, 0.24, 0.25, inks.second)
    bee.ellipse(0.6, -0.06, 0.09, 0.11, inks.light, outline=0.02)
    bee.ellipse(0.63, -0.05, 0.045, 0.06, inks.dark, outline=0)
    bee.stroke(arc(0.58, 0.08, 0.09, 0.4, 2.0), 0.025)
