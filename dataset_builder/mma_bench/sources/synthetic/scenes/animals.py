"""Scenes of a dog, a frog, a bird and a bee."""

import numpy as np

from mma_bench.sources.synthetic.canvas import Canvas, arc, circle, curve, path
from mma_bench.sources.synthetic.look import Ink, Look
from mma_bench.sources.synthetic.score import Score

_DOG_TORSO = curve(
    (-0.72, -0.1), (-0.2, -0.16), (0.3, -0.2), (0.5, 0.0), (0.46, 0.3), (0.1, 0.3), (-0.3, 0.24), (-0.7, 0.3)
)
_DOG_TILT = np.array([[np.cos(0.1), np.sin(0.1)], [-np.sin(0.1), np.cos(0.1)]])
_DOG_PATCH = circle() * (0.24, 0.14) @ _DOG_TILT + np.array((-0.25, 0.02))
_DOG_SKULL = curve((-0.26, -0.16), (0.0, -0.3), (0.24, -0.16), (0.34, -0.02), (0.2, 0.2), (-0.12, 0.24), (-0.3, 0.06))
_DOG_MUZZLE = curve((0.12, -0.1), (0.4, -0.07), (0.64, -0.04), (0.66, 0.08), (0.4, 0.12), (0.12, 0.12))
_DOG_JAW = curve((0.06, 0.06), (0.34, 0.08), (0.56, 0.06), (0.54, 0.15), (0.3, 0.2), (0.06, 0.2))
_DOG_EAR = curve((-0.14, -0.2), (0.0, -0.12), (0.0, 0.16), (-0.1, 0.34), (-0.24, 0.26), (-0.26, 0.0))


def draw_dog(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a dog from the side; its head rises and its jaw opens with each bark, and its tail always wags."""
    bark = score.swell(time, "bark")
    dog = canvas.moved(-0.14, 0.1 - 0.05 * bark, scale=0.92)
    wag = 0.5 * np.sin(look.vary(0, 9, 15) * time)
    tail = curve((0.0, 0.05), (-0.2, -0.1), (-0.28, -0.3), (-0.24, -0.5), closed=False, steps=3)
    dog.moved(-0.66, -0.02, turn=-0.5 + wag).limb(tail, 0.1, "body")
    legs: tuple[tuple[float, Ink], ...] = ((-0.42, "second"), (0.26, "second"), (-0.58, "body"), (0.4, "body"))
    foot = look.vary(1, 0.68, 0.84)
    for x, ink in legs:
        dog.limb(path((x, 0.15), (x - 0.03, 0.45), (x, foot)), 0.15, ink)
        dog.ellipse(x + 0.06, foot + 0.04, 0.13, 0.075, ink)
    dog.shape(_DOG_TORSO, "body")
    dog.shape(_DOG_PATCH, "second", outline=0)
    dog.shape(curve((0.2, -0.16), (0.4, -0.5), (0.62, -0.4), (0.56, 0.06), (0.4, 0.2)), "body")
    _dog_head(dog.moved(0.52, -0.46, scale=1.18, turn=-0.08 - 0.32 * bark), bark)
    dog.moved(0.46, -0.18, turn=0.75).box(-0.07, -0.27, 0.05, 0.25, "accent", outline=0.025)
    if bark > 0.15:
        for angle in (-0.75, -0.4, -0.05):
            dog.moved(0.85, -0.55, turn=angle).stroke(path((0.5, 0.0), (0.56 + 0.18 * bark, 0.0)), 0.05)


def _dog_head(head: Canvas, bark: float) -> None:
    jaw = head.turned(0.1 + 0.6 * bark, 0.1, 0.1)
    jaw.shape(_DOG_JAW, "second")
    if bark > 0.1:
        jaw.ellipse(0.36, 0.07, 0.18, 0.05, "accent", outline=0.015)
    head.shape(_DOG_SKULL, "body")
    head.shape(_DOG_MUZZLE, "body")
    head.ellipse(0.63, -0.04, 0.09, 0.075, "dark", outline=0.02)
    head.ellipse(0.16, -0.1, 0.07, 0.07, "light", outline=0.02)
    head.ellipse(0.18, -0.1, 0.04, 0.045, "dark", outline=0)
    head.turned(0.5 * bark + 0.1, -0.1, -0.16).shape(_DOG_EAR, "second")


_FROG_BODY = curve(
    (0.0, -0.38), (0.42, -0.2), (0.56, 0.2), (0.4, 0.5), (0.0, 0.56), (-0.4, 0.5), (-0.56, 0.2), (-0.42, -0.2)
)
_FROG_HEAD = curve(
    (0.0, -0.44), (0.4, -0.4), (0.64, -0.16), (0.46, 0.06), (0.0, 0.13), (-0.46, 0.06), (-0.64, -0.16), (-0.4, -0.4)
)
_FROG_THIGH = curve((0.3, 0.2), (0.62, 0.0), (0.92, 0.2), (0.8, 0.52), (0.46, 0.56))


def draw_frog(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a frog on a lily pad, seen from the front; the pouch at its throat swells with each croak."""
    croak = score.swell(time, "croak")
    _pond(canvas, time, look)
    frog = canvas.moved(0, -0.06 * croak)
    for mirror in (False, True):
        side = frog.moved(0, 0, mirror=mirror)
        side.shape(_FROG_THIGH, "body")
        _frog_foot(side, 0.72, 0.62)
    frog.shape(_FROG_BODY, "body")
    frog.ellipse(0, 0.3, 0.34, 0.24, "second", outline=0)
    for mirror in (False, True):
        side = frog.moved(0, 0, mirror=mirror)
        side.limb(path((0.3, 0.16), (0.34, 0.4), (0.24, 0.62)), 0.14, "body")
        _frog_foot(side, 0.26, 0.68)
    pouch = 0.1 + 0.28 * croak
    frog.ellipse(0, 0.1 + 0.5 * pouch, pouch * 1.35, pouch, "light")
    frog.shape(_FROG_HEAD, "body")
    _frog_face(frog, croak)


def _frog_face(frog: Canvas, croak: float) -> None:
    frog.stroke(curve((-0.5, -0.14), (-0.25, -0.03), (0.0, 0.01), (0.25, -0.03), (0.5, -0.14), closed=False), 0.045)
    for x in (-0.3, 0.3):
        frog.ellipse(x, -0.46, 0.21, 0.21, "body")
        frog.ellipse(x, -0.48, 0.14, 0.14 * (1 - 0.4 * croak), "light", outline=0.02)
        frog.ellipse(x, -0.48, 0.11, 0.045, "dark", outline=0)
    for x in (-0.06, 0.06):
        frog.ellipse(x, -0.22, 0.025, 0.02, "dark", outline=0)
    for x, y in ((-0.42, 0.16), (0.44, 0.22), (-0.02, -0.34)):
        frog.ellipse(x, y, 0.06, 0.05, "second", outline=0)


def _frog_foot(side: Canvas, x: float, y: float) -> None:
    for toe in (-0.12, 0.0, 0.12):
        side.limb(path((x, y - 0.02), (x + toe * 1.2, y + 0.07)), 0.05, "body", outline=0.02)


def _pond(canvas: Canvas, time: float, look: Look) -> None:
    for i in range(3):
        share = (time * 0.35 + i / 3) % 1
        ring = arc(0, 0, 1.0, 0, 2 * np.pi) * (0.95 + 0.5 * share, 0.28 + 0.16 * share) + (0, 0.7)
        canvas.stroke(ring, 0.03, "body", alpha=0.8 * (1 - share))
    gap = look.vary(0, 0.2, 1.2)
    pad = np.concatenate([path((0, 0)), arc(0, 0, 1, gap, gap + 5.7)]) * (1.08, 0.3) + (0, 0.68)
    canvas.shape(pad + np.array((0, 0.05)), "second")
    canvas.shape(pad, "third")


_BIRD_BODY = curve(
    (0.42, -0.5), (0.5, -0.15), (0.38, 0.2), (0.05, 0.4), (-0.35, 0.32), (-0.62, 0.12), (-0.3, -0.1), (0.02, -0.42)
)
_BIRD_WING = curve((0.22, -0.1), (0.18, 0.12), (-0.1, 0.24), (-0.55, 0.2), (-0.35, 0.02), (-0.02, -0.14))
_LEAF = curve((0.0, 0.0), (0.18, -0.09), (0.38, 0.0), (0.18, 0.09))
_BIRD_TAIL = path((-0.4, 0.02), (-1.05, 0.02), (-0.98, 0.17), (-1.06, 0.3), (-0.4, 0.26))


def draw_bird(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a songbird on a branch; its beak, tail and wing move with each chirp."""
    song = score.swell(time, "chirp")
    canvas.limb(path((-1.9, 0.78), (-0.5, 0.64), (0.6, 0.7), (1.9, 0.6)), 0.13, "third")
    for x, turn in ((-1.05, -0.7), (0.75, -0.5), (-0.7, 2.4), (1.05, 2.2)):
        canvas.moved(x, 0.68, turn=turn).shape(_LEAF, "accent")
    for foot in (-0.02, 0.18):
        canvas.stroke(path((foot, 0.3), (foot + 0.03, 0.64)), 0.05)
    bird = canvas.turned(-0.1 * song, 0.05, 0.4).moved(0, 0, scale=look.vary(0, 0.95, 1.1))
    bird.turned(0.12 - 0.35 * song, -0.4, 0.15).shape(_BIRD_TAIL, "second")
    bird.shape(_BIRD_BODY, "body")
    bird.ellipse(0.22, 0.12, 0.2, 0.2, "light", outline=0)
    flap = song * np.sin(22 * time)
    bird.turned(0.1 + 0.7 * max(0.0, flap), 0.15, 0.0).shape(_BIRD_WING, "second")
    _bird_head(bird.turned(-0.18 * song, 0.3, -0.4), song, look)


def _bird_head(bird: Canvas, song: float, look: Look) -> None:
    gape = 0.05 + 0.4 * song
    bird.turned(gape, 0.6, -0.5).shape(path((0.55, -0.5), (0.98, -0.44), (0.58, -0.38)), "accent")
    bird.turned(-gape * 0.8, 0.6, -0.54).shape(path((0.55, -0.64), (1.02, -0.52), (0.58, -0.48)), "accent")
    bird.ellipse(0.35, -0.52, 0.31, 0.29, "body")
    if look.traits[1] > 0.5:
        bird.shape(path((0.2, -0.76), (-0.02, -1.0), (0.36, -0.82)), "third")
    bird.ellipse(0.45, -0.58, 0.1, 0.1, "light", outline=0.02)
    bird.ellipse(0.48, -0.58, 0.05, 0.06, "dark", outline=0)


_BEE_WING = curve((0.0, 0.0), (-0.2, -0.32), (-0.12, -0.7), (0.14, -0.74), (0.22, -0.34))


def draw_bee(canvas: Canvas, time: float, score: Score, look: Look) -> None:
    """Draw a bee that flies in loops with blurred wings, at a pace set by its `flight` events."""
    loop = score.count(time, "flight") * 1.4
    for lag in range(1, 9):
        past = score.count(time - 0.16 * lag, "flight") * 1.4
        x, y = 0.26 * np.sin(past) - 0.55 - 0.12 * lag, 0.2 * np.sin(2 * past + 0.4) + 0.1
        canvas.ellipse(x, y, 0.03, 0.03, "body", outline=0.015)
    bee = canvas.moved(0.26 * np.sin(loop), 0.2 * np.sin(2 * loop + 0.4), turn=0.16 * np.cos(2 * loop + 0.4))
    flap = np.sin(2 * np.pi * 6.3 * time)
    for x, turn in ((-0.14, -0.55), (0.08, 0.1)):
        for sweep in (flap, -0.4 * flap):
            bee.moved(x, -0.26, turn=turn + 0.45 * sweep).shape(_BEE_WING, "light", alpha=0.6, outline=0.02)
    _bee_body(bee, look)


def _bee_body(bee: Canvas, look: Look) -> None:
    bee.shape(path((-0.62, -0.05), (-0.86, 0.03), (-0.62, 0.12)), "dark")
    for x in (-0.25, -0.02, 0.2):
        bee.stroke(path((x, 0.26), (x + 0.05, 0.45), (x - 0.02, 0.52)), 0.035)
    bee.ellipse(-0.1, 0.02, 0.6, 0.36, "body")
    stripes = 3 + int(look.vary(0, 0, 1.99))
    for i in range(stripes):
        x = -0.5 + (i + 0.35) * 0.8 / stripes
        half = 0.33 * np.sqrt(1 - ((x + 0.1 + 0.05) / 0.62) ** 2)
        upper, lower = ((0.02 + side * half, 0.02 + side * half * 0.98) for side in (-1, 1))
        bend = ((x, upper[0]), (x + 0.13, upper[1]), (x + 0.18, 0.02), (x + 0.13, lower[1]), (x, lower[0]))
        bee.shape(curve(*bend, (x + 0.05, 0.02), steps=3), "dark", outline=0)
    for lean in (-0.1, 0.12):
        bee.stroke(path((0.55, -0.16), (0.66 + lean, -0.4), (0.78 + lean, -0.5)), 0.03)
        bee.ellipse(0.78 + lean, -0.5, 0.045, 0.045, "dark", outline=0)
    bee.ellipse(0.52, 0.0, 0.24, 0.25, "second")
    bee.ellipse(0.6, -0.06, 0.09, 0.11, "light", outline=0.02)
    bee.ellipse(0.63, -0.05, 0.045, 0.06, "dark", outline=0)
    bee.stroke(arc(0.58, 0.08, 0.09, 0.4, 2.0), 0.025)
