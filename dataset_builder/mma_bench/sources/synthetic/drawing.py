"""Synthetic clips: the scene and sound of each class, the recipe for a clip, and the list of clips to draw."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mma_bench.benchmark.conditions import Split
from mma_bench.benchmark.prompts import LongContext
from mma_bench.core.errors import OptionsError
from mma_bench.sources.clips import Listing, SourceClip
from mma_bench.sources.synthetic.backdrop import paint_backdrop
from mma_bench.sources.synthetic.canvas import SUPERSAMPLING, Canvas
from mma_bench.sources.synthetic.film import FPS, RATE, write_mp4
from mma_bench.sources.synthetic.look import Look, draw_look
from mma_bench.sources.synthetic.room import record
from mma_bench.sources.synthetic.scenes.animals import draw_bee, draw_bird, draw_dog, draw_frog
from mma_bench.sources.synthetic.scenes.instruments import draw_accordion, draw_bell, draw_violin
from mma_bench.sources.synthetic.scenes.things import draw_car, draw_clock, draw_door, draw_explosion, draw_rain
from mma_bench.sources.synthetic.score import Rhythm, Score, beats, bouts, compose, cycle, strokes
from mma_bench.sources.synthetic.sounds import things
from mma_bench.sources.synthetic.sounds.animals import bark_dog, buzz_bee, croak_frog, sing_bird
from mma_bench.sources.synthetic.sounds.tones import Samples, Synth


class Act:
    """A synthetic class: the rhythms that compose its score, and the scene and the sound that follow the score.

    `scene` draws the frame at a time in seconds; `sound` synthesises the whole clip without normalising its level.
    """

    def __init__(
        self, scene: Callable[[Canvas, float, Score, Look], None], sound: Callable[[Synth], Samples], *rhythms: Rhythm
    ) -> None:
        self.scene, self.sound, self.rhythms = scene, sound, rhythms


_DOOR = (("creak", 0.45, 0.8), ("slam", 0.95, 0.4), ("knock", 0.55, 0.2), ("knock", 0.24, 0.2), ("knock", 0.24, 0.2))

ACTS: dict[str, Act] = {
    "Accordion": Act(
        draw_accordion,
        things.play_accordion,
        strokes("bellows", length=(0.7, 1.2)),
        beats("note", period=(0.22, 0.4), length=0.24),
    ),
    "Bell": Act(draw_bell, things.play_bell, beats("strike", period=(0.55, 0.95), length=0.5, sway=0.02)),
    "Bird": Act(
        draw_bird, sing_bird, bouts("chirp", calls=(2, 5), length=(0.09, 0.2), gap=(0.04, 0.1), rest=(0.2, 0.55))
    ),
    "Bowed_string_instrument": Act(draw_violin, things.play_violin, strokes("stroke", length=(0.5, 1.1))),
    "Canidae": Act(
        draw_dog, bark_dog, bouts("bark", calls=(1, 3), length=(0.17, 0.3), gap=(0.1, 0.2), rest=(0.3, 0.6))
    ),
    "Clock": Act(draw_clock, things.tick_clock, beats("tick", "tock", period=(0.36, 0.6), length=0.1)),
    "Door": Act(draw_door, things.slam_door, cycle(*_DOOR, stretch=(0.8, 1.15))),
    "Explosion": Act(draw_explosion, things.blast, beats("blast", period=(0.8, 1.3), length=1.5, sway=0.15)),
    "Frog": Act(
        draw_frog, croak_frog, bouts("croak", calls=(1, 3), length=(0.3, 0.5), gap=(0.1, 0.25), rest=(0.2, 0.5))
    ),
    "Insect": Act(draw_bee, buzz_bee, strokes("flight", length=(0.5, 1.2))),
    "Rain": Act(draw_rain, things.pour, strokes("gust", length=(0.8, 2.0))),
    "Vehicle": Act(
        draw_car,
        things.drive_car,
        strokes("gear", length=(1.0, 2.0)),
        bouts("horn", calls=(1, 2), length=(0.2, 0.4), gap=(0.1, 0.2), rest=(1.5, 3.5)),
    ),
}

CLASSES: tuple[str, ...] = tuple(sorted(ACTS))
SIZE = 224
PER_SPLIT: dict[Split, int] = {"train": 24, "test": 36}
"""Default number of clips by split; validation clips are taken from train."""
_PURPOSES = ("timing", "seeing", "hearing", "filming", "listening")


@dataclass(frozen=True)
class Drawing:
    """The recipe for one clip. Clips that differ in class, split, seed or index are drawn independently."""

    class_name: str
    split: Split
    seed: int
    """Seed of the whole set of clips."""
    index: int
    """Number that distinguishes clips of the same class, split and seed."""
    size: int = SIZE
    """Width and height in pixels, even."""
    seconds: float = 10.0

    def __post_init__(self) -> None:
        if self.class_name not in ACTS:
            raise OptionsError(f"unknown synthetic class {self.class_name!r}; expected one of {', '.join(CLASSES)}")
        if self.size < 16 or self.size % 2:
            raise OptionsError(f"a frame of {self.size} pixels cannot be encoded; expected an even size of 16 or more")
        if round(self.seconds * FPS) < 1:
            raise OptionsError(f"a clip of {self.seconds} s is shorter than a frame; expected at least {1 / FPS:.2f} s")

    def render(self) -> bytes:
        """Render the clip as mp4: H.264 at 15 frames per second and mono AAC at 32 kHz, of the same length.

        The output is deterministic on one machine with the same library versions.
        """
        times = np.arange(round(self.seconds * FPS)) / FPS
        return write_mp4(self.stills(times.tolist()), self.sound(), self._generator("filming"), self.size)

    def stills(self, times: Iterable[float]) -> Iterator[Image.Image]:
        """Draw the frames at the given times in seconds, as RGB images without grain or encoding."""
        act, rng = ACTS[self.class_name], self._generator("seeing")
        score, look = self._score(), draw_look(rng)
        backdrop_at = paint_backdrop(rng, look.palette, self.size * SUPERSAMPLING)
        for time in times:
            image = backdrop_at(time)
            act.scene(_placed(Canvas.over(image, look.palette), look, time), time, score, look)
            yield image.reduce(SUPERSAMPLING)

    def sound(self) -> NDArray[np.float32]:
        """Synthesise the audio: (N,) samples in -1..1 at `film.RATE`, without encoding."""
        samples = ACTS[self.class_name].sound(Synth(self._score(), self._generator("hearing"), RATE))
        return record(samples, self._generator("listening"), RATE)

    def _score(self) -> Score:
        return compose(ACTS[self.class_name].rhythms, self._generator("timing"), self.seconds)

    def _generator(self, purpose: str) -> np.random.Generator:
        """Return a random generator per purpose, so that more draws for one purpose do not change the others."""
        digest = hashlib.sha256(repr(astuple(replace(self, seconds=float(self.seconds)))).encode()).digest()
        seeds = np.random.SeedSequence(int.from_bytes(digest, "big")).spawn(len(_PURPOSES))
        return np.random.default_rng(seeds[_PURPOSES.index(purpose)])


def _placed(canvas: Canvas, look: Look, time: float) -> Canvas:
    """Move the canvas to the frame in which the subject spans about -1 to 1 at `time` in seconds."""
    across, down, tempo = look.drift
    swing = 2 * np.pi * tempo * time
    x, y = look.x + across * np.sin(swing), look.y + down * np.cos(1.3 * swing)
    scale = look.scale * (1 + 0.5 * down * np.sin(0.7 * swing))
    return canvas.moved(x, y, scale=scale, turn=look.turn, mirror=look.mirror)


def list_synthetic(
    *, seed: int, per_split: int | None, size: int | None, seconds: float, splits: Sequence[str]
) -> Listing:
    """List `per_split` synthetic clips per split, cycling through the classes."""
    wanted = {"train" if split == "validation" else split for split in splits}
    drawings = [
        Drawing(CLASSES[index % len(CLASSES)], split, seed, index, size or SIZE, seconds)
        for split, usual in PER_SPLIT.items()
        if split in wanted
        for index in range(usual if per_split is None else per_split)
    ]
    clips = [SourceClip(f"synthetic-{d.split}-{seed}-{d.index:05d}", d.class_name, d.split, d) for d in drawings]
    return Listing(clips, size=size or SIZE, long_context=LongContext(tokens=1000), drawn=True)
