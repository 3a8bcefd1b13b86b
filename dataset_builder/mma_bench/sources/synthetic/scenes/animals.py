"""Dog and frog."""

import numpy as np

from mma_bench.sources.synthetic.canvas import Canvas, arc, curve, path
from mma_bench.sources.synthetic.look import Look
from mma_bench.sources.synthetic.score import Score

_DOG_TORSO = curve(
    (-0.72, -0.1), (-0.2, -0.16), (0.3, -0.2), (0.5, 0.0), (0.46, 0.3), (0.1, 0.3), (-0.3, 0.24), (-0.7, 0.3)
)
_DOG_SKULL = curve((-0.26, -0.16), (0.0, -0.3), (0.24, -0.16), (0.34, -0.02), (0.2, 0.2), (-0.12, 0.24), (-0.3, 0.06))
_DOG_MUZZLE = curve((0.12, -0.1), (0.4, -0.07), (0.64, -0.04), (0.66, 0.08), (0.4, 0.12), (0.12, 0.12))
_DOG_JAW = curve((0.06, 0.06), (0.34, 0.08), (0.56, 0.06), (0.54, 0.15), (0.3, 0.2), (0.06, 0.2))
_DOG_EAR = curve((-0.14, -0.2), (0.0, -0.12), (0.0, 0.16), (-0.1, 0.34), (-0.24, 0.26), (-0.26, 0.0))


def draw_dog(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a dog from the side; head up and jaw open with each bark, tail always wagging."""
    inks, bark = look.palette, score.swell(time, "bark")
    dog = canvas.moved(-0.14, 0.1 - 0.05 * bark, scale=0.92)
    wag = 0.5 * np.sin(look.vary(0, 9, 15) * time)
    dog.moved(-0.66, -0.02, turn=-0.5 + wag).limb(
        curve((0.0, 0.05), (-0.2, -0.1), (-0.28, -0.3), (-0.24, -0.5), closed=False, steps=3), 0.1, inks.body
    )
    for x, near in ((-0.42, False), (0.26, False), (-0.58, True), (0.4, True)):
        _dog_leg(dog, x, near, look)
    dog.shape(_DOG_TORSO, inks.body)
    dog.ellipse(-0.25, 0.02, 0.24, 0.14, inks.second, outline=0, turn=0.1)
    dog.shape(curve((0.2, -0.16), (0.4, -0.5), (0.62, -0.4), (0.56, 0.06), (0.4, 0.2)), inks.body)
    _dog_head(dog.moved(0.52, -0.46, scale=1.18, turn=-0.08 - 0.32 * bark), bark, look)
    dog.moved(0.46, -0.18, turn=0.75).box(-0.07, -0.27, 0.05, 0.25, inks.accent, outline=0.025)
    if bark > 0.15:
        for angle in (-0.75, -0.4, -0.05):
            ray = dog.moved(0.85, -0.55, turn=angle)
            ray.stroke(path((0.5, 0.0), (0.56 + 0.18 * bark, 0.0)), 0.05)


def _dog_leg(dog: Canvas, x: float, near: bool, look: Look) -> None:
    fill = look.palette.body if near else look.palette.second
    foot = look.vary(1, 0.68, 0.84)
    dog.limb(path((x, 0.15), (x - 0.03, 0.45), (x, foot)), 0.15, fill)
    dog.ellipse(x + 0.06, foot + 0.04, 0.13, 0.075, fill)


def _dog_head(head: Canvas, bark: float, look: Look) -> None:
    inks = look.palette
    jaw = head.turned(0.1 + 0.6 * bark, 0.1, 0.1)
    jaw.shape(_DOG_JAW, inks.second)
    if bark > 0.1:
        jaw.ellipse(0.36, 0.07, 0.18, 0.05, inks.accent, outline=0.015)
    head.shape(_DOG_SKULL, inks.body)
    head.shape(_DOG_MUZZLE, inks.body)
    head.ellipse(0.63, -0.04, 0.09, 0.075, inks.dark, outline=0.02)
    head.ellipse(0.16, -0.1, 0.07, 0.07, inks.light, outline=0.02)
    head.ellipse(0.18, -0.1, 0.04, 0.045, inks.dark, outline=0)
    head.turned(0.5 * bark + 0.1, -0.1, -0.16).shape(_DOG_EAR, inks.second)


_FROG_BODY = curve(
    (0.0, -0.38), (0.42, -0.2), (0.56, 0.2), (0.4, 0.5), (0.0, 0.56), (-0.4, 0.5), (-0.56, 0.2), (-0.42, -0.2)
)
_FROG_HEAD = curve(
    (0.0, -0.44), (0.4, -0.4), (0.64, -0.16), (0.46, 0.06), (0.0, 0.13), (-0.46, 0.06), (-0.64, -0.16), (-0.4, -0.4)
)
_FROG_THIGH = curve((0.3, 0.2), (0.62, 0.0), (0.92, 0.2), (0.8, 0.52), (0.46, 0.56))


def draw_frog(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a frog on a lily pad, from the front; the pouch at its throat swells with each croak."""
    inks, croak = look.palette, score.swell(time, "croak")
    _pond(canvas, time, look)
    frog = canvas.moved(0, -0.06 * croak)
    for mirror in (False, True):
        side = frog.moved(0, 0, mirror=mirror)
        side.shape(_FROG_THIGH, inks.body)
        _frog_foot(side, 0.72, 0.62, look)
    frog.shape(_FROG_BODY, inks.body)
    frog.ellipse(0, 0.3, 0.34, 0.24, inks.second, outline=0)
    for mirror in (False, True):
        side = frog.moved(0, 0, mirror=mirror)
        side.limb(path((0.3, 0.16), (0.34, 0.4), (0.24, 0.62)), 0.14, inks.body)
        _frog_foot(side, 0.26, 0.68, look)
    pouch = 0.1 + 0.28 * croak
    frog.ellipse(0, 0.1 + 0.5 * pouch, pouch * 1.35, pouch, inks.light)
    frog.shape(_FROG_HEAD, inks.body)
    _frog_face(frog, croak, look)


def _frog_face(frog: Canvas, croak: float, look: Look) -> None:
    inks = look.palette
    frog.stroke(curve((-0.5, -0.14), (-0.25, -0.03), (0.0, 0.01), (0.25, -0.03), (0.5, -0.14), closed=False), 0.045)
    for x in (-0.3, 0.3):
        frog.ellipse(x, -0.46, 0.21, 0.21, inks.body)
        frog.ellipse(x, -0.48, 0.14, 0.14 * (1 - 0.4 * croak), inks.light, outline=0.02)
        frog.ellipse(x, -0.48, 0.11, 0.045, inks.dark, outline=0)
    for x in (-0.06, 0.06):
        frog.ellipse(x, -0.22, 0.025, 0.02, inks.dark, outline=0)
    for x, y in ((-0.42, 0.16), (0.44, 0.22), (-0.02, -0.34)):
        frog.ellipse(x, y, 0.06, 0.05, inks.second, outline=0)


def _frog_foot(side: Canvas, x: float, y: float, look: Look) -> None:
    for toe in (-0.12, 0.0, 0.12):
        side.limb(path((x, y - 0.02), (x + toe * 1.2, y + 0.07)), 0.05, look.palette.body, outline=0.02)


def _pond(canvas: Canvas, time: float, look: Look) -> None:
    inks = look.palette
    for i in range(3):
        share = (time * 0.35 + i / 3) % 1
        ring = arc(0, 0, 1.0, 0, 2 * np.pi) * (0.95 + 0.5 * share, 0.28 + 0.16 * share) + (0, 0.7)
        canvas.stroke(ring, 0.03, inks.body, alpha=0.8 * (1 - share))
    gap = look.vary(0, 0.2, 1.2)
    pad = np.concatenate([path((0, 0)), arc(0, 0, 1, gap, gap + 5.7)]) * (1.08, 0.3) + (0, 0.68)
    canvas.shape(pad + np.array((0, 0.05)), inks.second)
    canvas.shape(pad, inks.third)
