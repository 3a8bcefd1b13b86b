"""What a model is to the benchmark: something that answers several questions about one clip."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mma_bench.benchmark.prompts import Prompt, Variant
from mma_bench.core.errors import MMABenchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


NEW_TOKENS: Mapping[Variant, int] = {"plain": 64, "abstain": 64, "cot": 1024}
"""Tokens that an answer may have, of a model that does not think unasked."""


class ModelError(MMABenchError):
    """A model cannot be had as it was asked for: its name, its weights, its adapter, its server."""


@dataclass(frozen=True)
class Clip:
    """What a model is given to see and hear."""

    id: str
    video: bytes
    """mp4 with its sound."""
    audio: bytes
    """The same sound, 16 kHz mono FLAC."""
    visual_present: bool = True
    """Whether the picture shows anything; False where every frame is black."""
    audio_present: bool = True
    """Whether anything is heard; False where there is silence."""
    video_key: str | None = None
    """Clips that have the same show the same at the same times, whatever they sound like; None: that is not known."""
    audio_key: str | None = None
    """Of the sound, likewise."""

    def frames(self, fps: float = 2.0, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """The picture as (T, H, W, 3) uint8 RGB; `size` is (height, width)."""
        from mma_bench.media.frames import sample_frames

        return sample_frames(self.video, fps=fps, size=size)

    def sound(self) -> NDArray[np.float32]:
        """The sound as (N,) float32 at 16 kHz."""
        from mma_bench.media.sound import decode_flac

        return decode_flac(self.audio)


@dataclass(frozen=True)
class Question:
    """A question about a clip, as it is put to the model."""

    row_id: str
    """The row of the dataset that asks it."""
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
    """How many tokens of each modality the model took in."""

    video: int
    audio: int
    text: int


@dataclass(frozen=True)
class Answer:
    """What a model said. Exactly one of `text` and `error` is None."""

    text: str | None
    error: str | None = None
    tokens: Tokens | None = None
    """None where the model does not tell."""
    seconds: float | None = None
    """What this answer took beyond what all questions of the clip share."""
    final: bool = False
    """An error that asking again, or about another clip, has nothing to do with: it ends no run."""
    cost: float | None = None
    """US dollars, where it is paid for and the price is known."""

    def as_json(self) -> dict[str, Any]:
        """The fields of predictions.jsonl that a model fills."""
        return {
            "answer": self.text,
            "error": self.error,
            "tokens": asdict(self.tokens) if self.tokens else None,
            "seconds": None if self.seconds is None else round(self.seconds, 4),
            **({} if self.cost is None else {"cost": self.cost}),
        }


class Model(ABC):
    """Base of every model. Only `answer` must be written.

    The life of a model: it is made (cheaply), `describe` says what it is, `load` gets its weights, then for each clip
    `prepare`, in threads of its own and ahead of time, and `answer`.
    """

    concurrency: int = 1
    """How many clips may be answered at once, each in its own thread."""
    libraries: tuple[str, ...] = ()
    """Installed packages whose versions decide what it answers; they go into run.json."""

    @abstractmethod
    def answer(self, clip: Any, questions: Sequence[Question]) -> Sequence[Answer | str]:
        """Answer the questions about one clip, in their order.

        Args:
            clip: what `prepare` returned; the `Clip` itself unless that is overridden.
            questions: at least one. Each is to be answered as if it were the only one.

        Returns:
            An answer per question; a plain string is one too. What is raised becomes the error of these answers.
        """

    def prepare(self, clip: Clip) -> Any:
        """Decode and preprocess a clip while the model is busy with those before it. Must be thread-safe."""
        return clip

    def describe(self) -> Mapping[str, Any]:
        """Everything that decides what this model answers, as JSON: part of run.json, equal in runs to merge."""
        return {"class": f"{type(self).__module__}:{type(self).__qualname__}"}

    def load(self) -> None:  # noqa: B027  (many models have nothing to load)
        """Get what is needed to answer. Called once, before the first clip.

        Raises:
            ModelError: it cannot be had.
        """
