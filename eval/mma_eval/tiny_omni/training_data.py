"""Training data of tiny-omni: separately drawn video and audio, combined into examples without conflict.

An example contains one stream alone, or any video and any audio of the same class.
"""

import io
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mma_bench.benchmark.prompts import Prompt, Variant, as_variant, existence_question, question
from mma_bench.core.errors import ClipError
from mma_bench.core.executor import WorkerPool
from mma_bench.media.sound import SAMPLE_RATE
from mma_bench.sources.synthetic.drawing import CLASSES, Drawing
from mma_bench.sources.synthetic.film import RATE
from mma_eval.tiny_omni.architecture import FPS, SIDE

SECONDS = 10.0
"""Length of every clip, in seconds."""
_BATCH = 24
_Draw = Callable[[Drawing], NDArray[Any]]
_FIRST_VIDEO, _FIRST_AUDIO = 0, 1_000_000  # drawing indices; no drawing yields both video and audio


Stage = Literal["existence", "all", "long"]
"""Questions in a batch. "existence": whether the clip shows or plays a given class; "all": existence and class
questions; "long": class questions followed by a long distractor."""


class ClipKind(NamedTuple):
    """Kind of training clip: streams present (others are black or silent), modality asked about, sampling weight."""

    streams: Literal["video", "audio", "both"]
    prompt: Prompt
    share: float


KINDS = (
    ClipKind("video", "visual", 0.35),
    ClipKind("audio", "audio", 0.25),
    ClipKind("both", "visual", 0.15),
    ClipKind("both", "audio", 0.25),
)

VARIANT_SHARES: dict[Variant, float] = {"plain": 0.8, "abstain": 0.1, "cot": 0.1}
_SHUFFLED_SHARE, _SHORTENED_SHARE, _DISTRACTED_SHARE = 0.3, 0.15, 0.1
_MAX_LETTERS, _MAX_LETTERS_LONG = 60, 1200
"""Exclusive upper bounds on the number of letters in a distractor after a question."""


@dataclass(frozen=True)
class Pool:
    """Video and audio of different clips; item k of each has class k modulo the number of classes."""

    frames: NDArray[np.uint8]
    """(N, T, side, side, 3) RGB."""
    audio: NDArray[np.int16]
    """(M, samples) at 16 kHz."""


def draw_pool(videos: int, audios: int, *, seed: int, workers: int, progress: Callable[[str, int, int], None]) -> Pool:
    """Draw videos and synthesise audio in worker processes, deterministically, spread evenly over the classes.

    `progress` is called with the name of the step, the number of clips done, and their total.
    """
    with WorkerPool(workers, imports=[__name__]) as pool:
        frames = _drawn(pool, _draw_video, _FIRST_VIDEO, videos, seed, partial(progress, "pictures"))
        audio = _drawn(pool, _draw_audio, _FIRST_AUDIO, audios, seed, partial(progress, "sounds"))
    return Pool(frames, audio)


def _drawn(
    pool: WorkerPool,
    draw: Callable[[Drawing], Any],
    first: int,
    count: int,
    seed: int,
    progress: Callable[[int, int], None],
) -> Any:
    drawings = [Drawing(CLASSES[k % len(CLASSES)], "train", seed, first + k, SIDE, SECONDS) for k in range(count)]
    batches = [drawings[k : k + _BATCH] for k in range(0, count, _BATCH)]
    parts: list[Any] = []
    for _, part in pool.map(partial(_draw_batch, draw), batches, name_of=lambda batch: f"drawing {batch[0].index}"):
        if isinstance(part, ClipError):
            raise part
        parts.append(part)
        progress(sum(map(len, parts)), count)
    return np.concatenate(parts)


def _draw_batch(draw: _Draw, drawings: Sequence[Drawing]) -> Any:
    return np.stack([draw(drawing) for drawing in drawings])


def _draw_video(drawing: Drawing) -> NDArray[np.uint8]:
    """Draw frames with film grain and JPEG artefacts, about twenty times as fast as encoding video."""
    rng = np.random.default_rng([drawing.index, drawing.seed])
    grain, quality = rng.uniform(0, 3), int(rng.integers(25, 85))
    frames = []
    for still in drawing.stills(np.arange(0, SECONDS, 1 / FPS).tolist()):
        noisy = np.asarray(still, np.float32) + rng.normal(0, grain, (drawing.size, drawing.size, 1))
        buffer = io.BytesIO()
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
        frames.append(np.asarray(Image.open(buffer).convert("RGB")))
    return np.stack(frames)


def _draw_audio(drawing: Drawing) -> NDArray[np.int16]:
    from scipy.signal import resample_poly

    sound = resample_poly(drawing.sound(), SAMPLE_RATE, RATE)
    return np.asarray(np.clip(np.rint(sound * 32768), -32768, 32767), np.int16)


class QuestionAnswer(NamedTuple):
    """A question with its correct answer."""

    text: str
    answer: str


class Example(NamedTuple):
    """Class indices of a training clip (None: black or silent; equal if both are given), and questions about it."""

    video_class: int | None
    audio_class: int | None
    questions: tuple[QuestionAnswer, ...]


def draw_example(classes: Sequence[str], rng: np.random.Generator, stage: Stage = "all") -> Example:
    """Draw a training example: the classes of a clip, and questions about it.

    Existence questions name the clip's class and another one (paper, appendix B.1), which balances yes and no answers.
    """
    shares = np.array([kind.share for kind in KINDS])
    kind = KINDS[rng.choice(len(KINDS), p=shares / shares.sum())]
    shown = int(rng.integers(len(classes)))
    other = (shown + int(rng.integers(1, len(classes)))) % len(classes)
    which = QuestionAnswer(_class_question(classes, shown, kind.prompt, rng), classes[shown])
    existence = (
        QuestionAnswer(existence_question(kind.prompt, classes[shown]), "Yes"),
        QuestionAnswer(existence_question(kind.prompt, classes[other]), "No"),
    )
    questions: dict[Stage, tuple[QuestionAnswer, ...]] = {
        "existence": existence,
        "all": (*existence, which),
        "long": (QuestionAnswer(_distracted(which.text, _MAX_LETTERS_LONG, rng), which.answer),),
    }
    return Example(
        video_class=None if kind.streams == "audio" else shown,
        audio_class=None if kind.streams == "video" else shown,
        questions=questions[stage],
    )


def _class_question(classes: Sequence[str], shown: int, prompt: Prompt, rng: np.random.Generator) -> str:
    options = list(classes)
    if rng.random() < _SHORTENED_SHARE:
        others = [c for c in classes if c != classes[shown]]
        kept = {classes[shown], *rng.choice(others, size=int(rng.integers(2, len(others))), replace=False)}
        options = [c for c in classes if c in kept]
    if rng.random() < _SHUFFLED_SHARE:
        options = [options[k] for k in rng.permutation(len(options))]
    variant = rng.choice(list(VARIANT_SHARES), p=list(VARIANT_SHARES.values()))
    text = as_variant(question(prompt, options), prompt, variant)
    return _distracted(text, _MAX_LETTERS, rng) if rng.random() < _DISTRACTED_SHARE else text


def _distracted(text: str, most: int, rng: np.random.Generator) -> str:
    letters = rng.choice(list(string.ascii_lowercase), size=int(rng.integers(1, most)))
    return f"{text} {' '.join(letters)}"
