"""Drawn and synthesised clips: which class is drawn, heard and timed how, and the recipe for one clip."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mma_bench.sources.synthetic.backdrop import paint_backdrop
from mma_bench.sources.synthetic.canvas import SUPERSAMPLING, Canvas
from mma_bench.sources.synthetic.film import FPS, RATE, draw_stock, write_mp4
from mma_bench.sources.synthetic.look import Look, draw_look
from mma_bench.sources.synthetic.rhythm import Beats, Bouts, Cycle, Rhythm, Strokes, compose
from mma_bench.sources.synthetic.room import draw_room, record
from mma_bench.sources.synthetic.scenes import animals as drawn_animals
from mma_bench.sources.synthetic.scenes import instruments as drawn_instruments
from mma_bench.sources.synthetic.scenes import things as drawn_things
from mma_bench.sources.synthetic.scenes import weather as drawn_weather
from mma_bench.sources.synthetic.score import Score
from mma_bench.sources.synthetic.sounds import animals as heard_animals
from mma_bench.sources.synthetic.sounds import instruments as heard_instruments
from mma_bench.sources.synthetic.sounds import things as heard_things
from mma_bench.sources.synthetic.sounds import weather as heard_weather

Scene = Callable[[Canvas, float, Score, Look], None]
Sound = Callable[[Score, np.random.Generator, int], NDArray[np.float64]]


@dataclass(frozen=True)
class Act:
    """How a class is timed, drawn and heard."""

    rhythms: tuple[Rhythm, ...]
    scene: Scene
    sound: Sound


_ACTS: dict[str, Act] = {
    "Accordion": Act(
        (Strokes("bellows", (0.7, 1.2)), Beats(("note",), (0.22, 0.4), 0.24)),
        drawn_instruments.draw_accordion,
        heard_instruments.play_accordion,
    ),
    "Bell": Act(
        (Beats(("strike",), (0.55, 0.95), 0.5, sway=0.02),), drawn_instruments.draw_bell, heard_instruments.play_bell
    ),
    "Bird": Act(
        (Bouts("chirp", (2, 5), (0.09, 0.2), (0.04, 0.1), (0.2, 0.55)),),
        drawn_animals.draw_bird,
        heard_animals.sing_bird,
    ),
    "Bowed_string_instrument": Act(
        (Strokes("stroke", (0.5, 1.1)),), drawn_instruments.draw_violin, heard_instruments.play_violin
    ),
    "Canidae": Act(
        (Bouts("bark", (1, 3), (0.17, 0.3), (0.1, 0.2), (0.3, 0.6)),), drawn_animals.draw_dog, heard_animals.bark_dog
    ),
    "Clock": Act((Beats(("tick", "tock"), (0.36, 0.6), 0.1),), drawn_things.draw_clock, heard_things.tick_clock),
    "Door": Act(
        (
            Cycle(
                (("creak", 0.45, 0.8), ("slam", 0.85, 0.4), ("knock", 0.6, 0.2), ("knock", 0.24, 0.2), ("knock", 0.24, 0.2)),
                (0.8, 1.15),
            ),
        ),
        drawn_things.draw_door,
        heard_things.slam_door,
    ),
    "Explosion": Act(
        (Beats(("blast",), (0.8, 1.3), 1.5, sway=0.15),), drawn_weather.draw_explosion, heard_weather.blast
    ),
    "Frog": Act(
        (Bouts("croak", (1, 3), (0.3, 0.5), (0.1, 0.25), (0.2, 0.5)),), drawn_animals.draw_frog, heard_animals.croak_frog
    ),
    "Insect": Act((Strokes("flight", (0.5, 1.2)),), drawn_animals.draw_bee, heard_animals.buzz_bee),
    "Rain": Act((Strokes("gust", (0.8, 2.0)),), drawn_weather.draw_rain, heard_weather.pour),
    "Vehicle": Act(
        (Strokes("gear", (1.0, 2.0)), Bouts("horn", (1, 2), (0.2, 0.4), (0.1, 0.2), (1.5, 3.5))),
        drawn_things.draw_car,
        heard_things.drive_car,
    ),
}

CLASSES: tuple[str, ...] = tuple(sorted(_ACTS))


@dataclass(frozen=True)
class Drawing:
    """The recipe for one clip; clips of another class, split, seed or index share nothing but their kind.

    Attributes:
        class_name: one of `CLASSES`.
        split: train, validation or test.
        seed: of the whole set.
        index: of the clip within its class and split.
        size: width and height in pixels, even.
        seconds: length of picture and sound.
    """

    class_name: str
    split: str
    seed: int
    index: int
    size: int = 224
    seconds: float = 10.0

    def render(self) -> bytes:
        """The clip as mp4: H.264 at 15 frames per second and mono AAC at 32 kHz, of the same length.

        The same drawing gives the same bytes on one machine with the same library versions.
        """
        act = _ACTS[self.class_name]
        # What must not tell the class comes from generators of its own, whatever the class draws from its own.
        timing, seeing, hearing, filming, listening = (np.random.default_rng(s) for s in self._seeds(5))
        score = compose(act.rhythms, timing, self.seconds)
        frames = _frames(act.scene, score, seeing, self.size)
        sound = record(act.sound(score, hearing, RATE), draw_room(listening), listening, RATE)
        return write_mp4(frames, sound, draw_stock(filming, self.size), filming, self.size)

    def _seeds(self, count: int) -> list[np.random.SeedSequence]:
        digest = hashlib.sha256(repr(astuple(self)).encode()).digest()
        return np.random.SeedSequence(int.from_bytes(digest, "big")).spawn(count)


def _frames(scene: Scene, score: Score, rng: np.random.Generator, size: int) -> Iterator[Image.Image]:
    look = draw_look(rng)
    backdrop = paint_backdrop(rng, look.palette, size * SUPERSAMPLING)
    for shown in range(round(score.seconds * FPS)):
        time = shown / FPS
        image = backdrop.at(time, size * SUPERSAMPLING)
        scene(look.place(Canvas.over(image, look.palette.edge), time), time, score, look)
        yield image.reduce(SUPERSAMPLING)
