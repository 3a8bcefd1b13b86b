"""Table of the synthetic classes with the rhythms, scene and sound of each."""

from collections.abc import Callable
from dataclasses import dataclass

from mma_bench.sources.synthetic.canvas import Canvas
from mma_bench.sources.synthetic.look import Look
from mma_bench.sources.synthetic.scenes.animals import draw_bee, draw_bird, draw_dog, draw_frog
from mma_bench.sources.synthetic.scenes.instruments import draw_accordion, draw_bell, draw_violin
from mma_bench.sources.synthetic.scenes.things import draw_car, draw_clock, draw_door, draw_explosion, draw_rain
from mma_bench.sources.synthetic.score import Beats, Bouts, Cycle, Rhythm, Score, Strokes
from mma_bench.sources.synthetic.sounds.animals import bark_dog, buzz_bee, croak_frog, sing_bird
from mma_bench.sources.synthetic.sounds.things import (
    blast,
    drive_car,
    play_accordion,
    play_bell,
    play_violin,
    pour,
    slam_door,
    tick_clock,
)
from mma_bench.sources.synthetic.sounds.tones import Samples, Synth


@dataclass(frozen=True)
class Act:
    """A synthetic class, whose rhythms compose the score that drives both scene and sound."""

    rhythms: tuple[Rhythm, ...]
    scene: Callable[[Canvas, float, Score, Look], None]
    """Draws the frame at a time in seconds."""
    sound: Callable[[Synth], Samples]
    """Synthesises the whole score, not normalised."""


_DOOR = (("creak", 0.45, 0.8), ("slam", 0.95, 0.4), ("knock", 0.55, 0.2), ("knock", 0.24, 0.2), ("knock", 0.24, 0.2))

ACTS: dict[str, Act] = {
    "Accordion": Act(
        (Strokes("bellows", length=(0.7, 1.2)), Beats(("note",), period=(0.22, 0.4), length=0.24)),
        draw_accordion,
        play_accordion,
    ),
    "Bell": Act((Beats(("strike",), period=(0.55, 0.95), length=0.5, sway=0.02),), draw_bell, play_bell),
    "Bird": Act(
        (Bouts("chirp", calls=(2, 5), length=(0.09, 0.2), gap=(0.04, 0.1), rest=(0.2, 0.55)),), draw_bird, sing_bird
    ),
    "Bowed_string_instrument": Act((Strokes("stroke", length=(0.5, 1.1)),), draw_violin, play_violin),
    "Canidae": Act(
        (Bouts("bark", calls=(1, 3), length=(0.17, 0.3), gap=(0.1, 0.2), rest=(0.3, 0.6)),), draw_dog, bark_dog
    ),
    "Clock": Act((Beats(("tick", "tock"), period=(0.36, 0.6), length=0.1),), draw_clock, tick_clock),
    "Door": Act((Cycle(_DOOR, stretch=(0.8, 1.15)),), draw_door, slam_door),
    "Explosion": Act((Beats(("blast",), period=(0.8, 1.3), length=1.5, sway=0.15),), draw_explosion, blast),
    "Frog": Act(
        (Bouts("croak", calls=(1, 3), length=(0.3, 0.5), gap=(0.1, 0.25), rest=(0.2, 0.5)),), draw_frog, croak_frog
    ),
    "Insect": Act((Strokes("flight", length=(0.5, 1.2)),), draw_bee, buzz_bee),
    "Rain": Act((Strokes("gust", length=(0.8, 2.0)),), draw_rain, pour),
    "Vehicle": Act(
        (
            Strokes("gear", length=(1.0, 2.0)),
            Bouts("horn", calls=(1, 2), length=(0.2, 0.4), gap=(0.1, 0.2), rest=(1.5, 3.5)),
        ),
        draw_car,
        drive_car,
    ),
}
