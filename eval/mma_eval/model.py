"""The interface of a model: it answers several questions about one clip."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mma_bench.benchmark.prompts import Prompt, Variant
from mma_bench.core.errors import MMABenchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mma_bench.core.records import Json


NEW_TOKENS: Mapping[Variant, int] = {"plain": 64, "abstain": 64, "cot": 1024}
"""Most tokens of an answer, for models that do not think before they answer."""


class ModelError(MMABenchError):
    """A model is not available as requested: its name, weights, adapter or server."""


@dataclass(frozen=True)
class Clip:
    """A clip as a model gets it."""

    id: str
    video: bytes
    """mp4, with the clip's audio in it."""
    audio: bytes
    """The same audio as 16 kHz mono FLAC."""
    visual_present: bool = True
    """False where every frame is black."""
    audio_present: bool = True
    """False where the audio is silent."""
    video_key: str | None = None
    """Cache key of the video stream, equal where frames and timestamps are equal; None if unknown."""
    audio_key: str | None = None
    """Cache key of the audio stream; None if unknown."""

    def frames(self, fps: float = 2.0, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """Decode frames as (T, H, W, 3) uint8 RGB; `size` is (height, width)."""
        from mma_bench.media.frames import sample_frames

        return sample_frames(self.video, fps=fps, size=size)

    def sound(self) -> NDArray[np.float32]:
        """Decode the audio as (N,) float32 at 16 kHz."""
        from mma_bench.media.sound import decode_flac

        return decode_flac(self.audio)


@dataclass(frozen=True)
class Question:
    """A question about a clip, as the model gets it."""

    row_id: str
    """Row of the dataset that the question belongs to."""
    prompt: Prompt
    """The modality asked about."""
    variant: Variant
    seed: int
    """0 lists the options in alphabetical order; another seed shuffles them."""
    text: str
    options: tuple[str, ...]
    """The classes, in the order in which `text` lists them."""


@dataclass(frozen=True)
class Tokens:
    """Tokens that the model took in, by modality."""

    video: int
    audio: int
    text: int


@dataclass(frozen=True)
class Answer:
    """An answer or the reason why there is none: exactly one of `text` and `error` is None."""

    text: str | None
    error: str | None = None
    tokens: Tokens | None = None
    """None where the model does not count them."""
    seconds: float | None = None
    """Time for this answer beyond what all questions about the clip share."""
    final: bool = False
    """The error is not retryable and says nothing about other clips: it does not count towards aborting the run."""
    cost: float | None = None
    """US dollars; None where nothing is paid or the price is not known."""

    def as_json(self) -> dict[str, Json]:
        """Return the fields of predictions.jsonl that a model fills."""
        return {
            "answer": self.text,
            "error": self.error,
            "tokens": asdict(self.tokens) if self.tokens else None,
            "seconds": None if self.seconds is None else round(self.seconds, 4),
            **({} if self.cost is None else {"cost": self.cost}),
        }


@dataclass(frozen=True)
class CostEstimate:
    """Expected requests, tokens and money of a run."""

    requests: int
    text_tokens: int
    """Input tokens of text, images and video."""
    audio_tokens: int
    output_tokens: int
    usd: float | None
    """None where the price is not known."""

    def __str__(self) -> str:
        tokens = f"{self.text_tokens + self.audio_tokens:,} tokens in, {self.output_tokens:,} out"
        money = "at an unknown price" if self.usd is None else f"about ${self.usd:.2f}"
        return f"{self.requests:,} requests, {tokens}: {money}"


@dataclass(frozen=True)
class SoundProbe:
    """The same question asked with and without the audio."""

    arrives: bool | None
    """Whether the audio reaches the model; None where that cannot be told."""
    with_sound: int | None
    """Input tokens that the server counted with the audio."""
    without_sound: int | None
    note: str

    def as_json(self) -> dict[str, Json]:
        """Return the section `probe` of run.json."""
        return asdict(self)


class Model(ABC):
    """Base of every model. Only `answer` must be written; every other method has a default.

    The life of a model: it is made (cheaply), `describe` and `check_dataset` are called, `load` gets its weights, and
    for each clip `prepare` runs in background threads, ahead of `answer`.
    """

    concurrency: int = 1
    """Clips that are answered at once, each in its own thread."""
    libraries: tuple[str, ...] = ()
    """Installed packages whose versions decide the answers; they are recorded in run.json."""
    paid: bool = False
    """Whether answers cost money; a run then needs a limit (`--max-cost`)."""

    @abstractmethod
    def answer(self, clip: Any, questions: Sequence[Question]) -> Sequence[Answer | str]:
        """Answer the questions about one clip, in their order.

        Args:
            clip: what `prepare` returned; the `Clip` itself unless that is overridden.
            questions: at least one; each is answered as if it were the only one.

        Returns:
            An answer per question, as an `Answer` or a plain string. An exception becomes the error of these answers.
        """

    def prepare(self, clip: Clip) -> Any:
        """Decode and preprocess a clip while earlier ones are answered. Must be thread-safe."""
        return clip

    def describe(self) -> Mapping[str, Json]:
        """Describe everything that decides the answers, as JSON: part of run.json, equal in runs that can be merged."""
        return {"class": f"{type(self).__module__}:{type(self).__qualname__}"}

    def load(self) -> None:  # noqa: B027  (many models have nothing to load)
        """Load weights or connect to a server. Called once, before the first clip.

        Raises:
            ModelError: they are not available.
        """

    def check_dataset(self, classes: Sequence[str], row_ids: Callable[[], frozenset[str]]) -> None:
        """Refuse a dataset that this model cannot answer; called before anything is asked.

        Args:
            classes: all classes of the dataset.
            row_ids: reads the ids of all rows of the split.

        Raises:
            MMABenchError: the dataset does not fit the model.
        """
        # Version 0.1.0 had two hooks for this, which models could define.
        if (check_rows := getattr(self, "check_rows", None)) is not None:
            check_rows(row_ids())
        if (check_classes := getattr(self, "check_classes", None)) is not None:
            check_classes(classes)

    def estimate(self, clips: Iterator[tuple[float, list[Question]]]) -> CostEstimate | None:
        """Estimate the cost of questions about clips; None where nothing is paid.

        Args:
            clips: seconds of each clip, and its questions.
        """
        return None

    def probe(self, clip: Clip, question: Question) -> SoundProbe | None:
        """Find out whether audio reaches the model, where it does not count audio tokens; None where it does.

        Args:
            clip: a clip with audio.
            question: a question about it.
        """
        return None

    @classmethod
    def option_names(cls) -> tuple[str, ...] | None:
        """Name the options that the class takes; None where it takes any. By default its keyword-only parameters."""
        return keyword_options(cls)


def keyword_options(maker: Callable[..., Any]) -> tuple[str, ...] | None:
    """Name the keyword-only parameters of a class or function; None where it takes any keyword."""
    parameters = inspect.signature(maker).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
