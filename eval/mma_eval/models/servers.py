"""Shared base of models behind servers, which are asked one question per request."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from mma_eval.model import Answer, CostEstimate, Model, Question, SoundProbe
from mma_eval.models.cost import Price, Rates, estimate_cost


class ServerModel(Model):
    """A model that is asked one question per request."""

    name: str
    price: Price | None
    """Price of tokens; None if the model is free or its price is unknown."""
    _client: Any = None

    @property
    @abstractmethod
    def rates(self) -> Rates:
        """Tokens per second of video and of audio."""

    @property
    def thinking(self) -> int:
        """Maximum thinking tokens per answer."""
        return 0

    def answer(self, clip: Any, questions: Sequence[Question]) -> list[Answer]:
        """Send one request per question."""
        return [self.ask(clip, question) for question in questions]

    @abstractmethod
    def ask(self, media: Any, question: Question) -> Answer:
        """Ask one question.

        Args:
            media: the return value of `prepare`.
            question: a question about the clip.
        """

    def estimate(self, clips: Iterator[tuple[float, list[Question]]]) -> CostEstimate:
        """Estimate the cost of questions about clips, from typical tokens per second and question."""
        return estimate_cost(clips, self.rates, self.price, thinking=self.thinking)


def without_secrets(url: str) -> str:
    """Strip user, password and query from a URL, since they may contain keys.

    >>> without_secrets("https://me:secret@host:8000/v1?key=abc")
    'https://host:8000/v1'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def compare_token_counts(with_sound: int | None, without_sound: int | None) -> SoundProbe:
    """Infer from input token counts with and without sound whether audio reaches the model.

    >>> found = [compare_token_counts(900, 650), compare_token_counts(650, 650), compare_token_counts(None, None)]
    >>> [probe.arrives for probe in found]
    [True, False, None]
    """
    if with_sound is None or without_sound is None:
        return SoundProbe(None, with_sound, without_sound, "the server counts no tokens, so this cannot be told")
    if with_sound > without_sound:
        note = f"{with_sound - without_sound} more input tokens with the sound than without"
        return SoundProbe(True, with_sound, without_sound, note)
    note = "the sound adds no input tokens: the server drops it. Does this model take audio, and is it enabled there?"
    return SoundProbe(False, with_sound, without_sound, note)
