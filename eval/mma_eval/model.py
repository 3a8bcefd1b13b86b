"""Model interface: a `Model` answers several questions about one clip."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mma_accuracy.ending import Ended
from mma_bench.benchmark.prompts import Prompt, Variant
from mma_bench.core.errors import MMABenchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mma_bench.core.records import Json


NEW_TOKENS: Mapping[Variant, int] = {"plain": 64, "abstain": 64, "cot": 1024}
"""Maximum answer tokens by variant, for models without a thinking phase."""


class ModelError(MMABenchError):
    """A model cannot be used as requested: wrong name, missing weights, unsuitable adapter or unreachable server."""


@dataclass(frozen=True)
class Clip:
    """A clip as passed to a model."""

    id: str
    video: bytes
    """MP4 file, including the audio."""
    audio: bytes
    """The clip's audio as 16 kHz mono FLAC."""
    visual_present: bool = True
    """False if every frame is black."""
    audio_present: bool = True
    """False if the audio is silent."""
    video_key: str | None = None
    """Cache key of the video stream, equal for equal frames and timestamps; None if unknown."""
    audio_key: str | None = None
    """Cache key of the audio stream, equal for equal audio; None if unknown."""
    seconds: float | None = None
    """Length of the clip; None if unknown."""

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
    """A question about a clip, as passed to a model."""

    row_id: str
    prompt: Prompt
    """Modality asked about."""
    variant: Variant
    seed: int
    """Seed of the order of options: 0 lists them alphabetically, any other seed shuffles them."""
    text: str
    options: tuple[str, ...]
    """Classes, in the order in which `text` lists them."""


@dataclass(frozen=True)
class Tokens:
    """Number of input tokens by modality."""

    video: int
    audio: int
    text: int


@dataclass(frozen=True)
class Answer:
    """An answer or an error: exactly one of `text` and `error` is None."""

    text: str | None
    error: str | None = None
    tokens: Tokens | None = None
    """Number of input tokens; None if the model does not report it."""
    seconds: float | None = None
    """Time spent on this answer, excluding work shared by all questions about the clip."""
    final: bool = False
    """Whether the error is not retryable and implies nothing about other clips; if so, it does not abort the run."""
    cost: float | None = None
    """Cost in US dollars, estimated where a server counts no tokens; None if the model is free or its price unknown."""
    ended: Ended | None = None
    """Why the answer ended; None if unknown. An empty answer is an answer, not an error."""
    prompt_tokens: int | None = None
    """Number of all input tokens, where a server does not count them by modality; else None."""

    def as_json(self) -> dict[str, Json]:
        """Return the fields of a predictions.jsonl line that come from the model."""
        return {
            "answer": self.text,
            "error": self.error,
            "ended": self.ended,
            "tokens": asdict(self.tokens) if self.tokens else None,
            "seconds": None if self.seconds is None else round(self.seconds, 4),
            **{name: value for name in ("cost", "prompt_tokens") if (value := getattr(self, name)) is not None},
        }


@dataclass(frozen=True)
class CostEstimate:
    """Estimated requests, tokens and cost of a run."""

    requests: int
    text_tokens: int
    """Input tokens of text, images and video."""
    audio_tokens: int
    output_tokens: int
    usd: float | None
    """Cost in US dollars; None if the price is unknown."""

    def __str__(self) -> str:
        tokens = f"{self.text_tokens + self.audio_tokens:,} tokens in, {self.output_tokens:,} out"
        money = "at an unknown price" if self.usd is None else f"about ${self.usd:.2f}"
        return f"{self.requests:,} requests, {tokens}: {money}"


@dataclass(frozen=True)
class SoundProbe:
    """Result of asking the same question with and without audio."""

    arrives: bool | None
    """Whether the audio reaches the model; None if undetermined."""
    with_sound: int | None
    """Input tokens reported by the server for the question with audio."""
    without_sound: int | None
    note: str
    cost: float | None = None
    """Cost of the probe's requests in US dollars; None if unknown or free."""


class Model(ABC):
    """Base class for models. Subclasses must implement `answer`; all other methods have defaults.

    Lifecycle: the constructor is cheap; `check_dataset` and `describe` come next; `load` loads the weights; then, for
    each clip, `prepare` runs in a background thread before `answer`.
    """

    concurrency: int = 1
    """Number of clips answered in parallel, one thread each."""
    libraries: tuple[str, ...] = ()
    """Packages whose versions can affect the answers; the versions are recorded in run.json."""
    tries: int = 5
    """Attempts per question if the model fails in a way that may pass; a run sets it (`--tries`)."""
    paid: bool = False
    """Whether answers cost money; if so, a run requires a budget (`--max-cost`)."""

    @abstractmethod
    def answer(self, clip: Any, questions: Sequence[Question]) -> Sequence[Answer | str]:
        """Answer the questions about one clip, in their order.

        Args:
            clip: the return value of `prepare`; by default the `Clip` itself.
            questions: at least one; each is answered as if it were the only one. With a budget (`--max-cost`) there is
                only one at a time.

        Returns:
            One `Answer` or plain string per question. If asking a question keeps raising an exception, the
            exception is recorded as the error of the question's answer.
        """

    def prepare(self, clip: Clip) -> Any:
        """Decode and preprocess a clip while earlier clips are answered. Must be thread-safe."""
        return clip

    def describe(self) -> Mapping[str, Json]:
        """Return all settings that affect the answers, as JSON for run.json; runs merge only with equal settings."""
        return {"class": f"{type(self).__module__}:{type(self).__qualname__}"}

    def load(self) -> None:  # noqa: B027  (many models have nothing to load)
        """Load weights or connect to a server, else raise a ModelError. Called once, before the first clip."""

    @property
    def adapted(self) -> Collection[str]:
        """Adaptations of requests to what a server refuses or demands, so far; recorded in run.json."""
        return ()

    def interrupt(self) -> None:  # noqa: B027  (most models answer at once)
        """Give up waiting; called when a run is interrupted while answers are under way in other threads."""

    def check_dataset(self, classes: Sequence[str], row_ids: Callable[[], frozenset[str]]) -> None:
        """Raise an MMABenchError if the model cannot answer questions about a dataset; called before any question.

        `classes` are all classes of the dataset; `row_ids` reads the ids of all rows in the split.
        """
        # Models written for version 0.1.0 may define these two hooks instead.
        if (check_rows := getattr(self, "check_rows", None)) is not None:
            check_rows(row_ids())
        if (check_classes := getattr(self, "check_classes", None)) is not None:
            check_classes(classes)

    def estimate(self, clips: Iterator[tuple[float, list[Question]]]) -> CostEstimate | None:
        """Estimate the cost of questions about clips of given durations in seconds; None if the model is free."""
        return None

    def probe(self, clip: Clip, question: Question) -> SoundProbe | None:
        """Test whether the audio of a clip reaches the model; None if the model reports its audio tokens."""
        return None

    @classmethod
    def option_names(cls) -> tuple[str, ...] | None:
        """Return the accepted option names, by default the keyword-only parameters; None if any name is accepted."""
        return keyword_options(cls)


def keyword_options(maker: Callable[..., Any]) -> tuple[str, ...] | None:
    """Return the keyword-only parameter names of a class or function; None if it accepts any keyword."""
    parameters = inspect.signature(maker).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
