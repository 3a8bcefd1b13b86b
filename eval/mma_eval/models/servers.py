"""Base class for models behind servers, asked one question per request, and token prices."""

import csv
import threading
import time
from abc import abstractmethod
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from mma_bench.benchmark.prompts import Variant
from mma_bench.core.errors import OptionsError
from mma_eval.model import Answer, CostEstimate, Model, Question
from mma_eval.models.options import system_prompt_of
from mma_eval.models.requests import RequestError, send

_CHARACTERS_PER_TOKEN = 3.5  # low for questions, which are lists of names, so that the estimate is high
_ANSWER_TOKENS = {"plain": 10, "abstain": 10, "cot": 300}


@dataclass(frozen=True)
class Price:
    """Price of a model in US dollars per million tokens."""

    text: float
    """Price of input text, images and video."""
    audio: float
    """Price of input audio."""
    output: float

    def of(self, *, text: float, audio: float, output: float) -> float:
        """Compute the cost of the given numbers of tokens in US dollars.

        >>> Price(text=1.0, audio=2.0, output=10.0).of(text=500_000, audio=0, output=100_000)
        1.5
        """
        return (text * self.text + audio * self.audio + output * self.output) / 1e6


@dataclass(kw_only=True, eq=False, repr=False)
class ServerModel(Model):
    """A model that is asked one question per request; its fields are its options. `load` connects to the server."""

    name: str = field(kw_only=False)
    base_url: str | None = None
    """URL of the server; by default that of the provider."""
    fps: float = 1.0
    """Frames per second at which video is sampled."""
    media: str
    """Format or resolution in which video is sent."""
    system_prompt: str | None = None
    """System message; by default none."""
    max_new_tokens: int | None = None
    """Maximum output tokens; by default it depends on the variant of the question."""
    timeout: float = 120.0
    """Time limit of an attempt in seconds."""
    concurrency: int
    tries: int = Model.tries
    """Attempts per question: a timeout, a lost connection and HTTP status 408, 409, 429 and 5xx are tried again."""
    price: str | None = None
    """"IN,OUT" in US dollars per million tokens; by default from prices.csv."""

    tokens_per_second: tuple[float, float] = field(init=False)
    """Input tokens per second of video, and per second of audio."""
    _price: Price | None = field(init=False)
    """Price of the model; None if it is free or its price is unknown."""
    _client: Any = field(init=False, default=None)
    _stop: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.system_prompt = system_prompt_of(self.system_prompt)
        self._price = parse_price(self.price) if self.price else known_price(self.name) if self.paid else None

    def thinking(self, variant: Variant) -> int:
        """Return the maximum number of thinking tokens per answer."""
        return 0

    def answer(self, clip: Any, questions: Sequence[Question]) -> list[Answer]:
        """Send one request per question."""
        return [self.ask(clip, question) for question in questions]

    def interrupt(self) -> None:
        """Give up requests under way, and waiting for the next attempt."""
        self._stop.set()

    def ask(self, media: Any, question: Question) -> Answer:
        """Ask one question about a clip; `media` is the return value of `prepare`. A failure is an error."""
        started, paid = time.perf_counter(), list[float]()

        def failed(failure: RequestError) -> None:
            if failure.cost:
                paid.append(failure.cost)

        def request() -> Awaitable[Answer]:
            return self.request(media, question)

        try:
            answer = send(request, timeout=self.timeout, tries=self.tries, stop=self._stop, failed=failed)
        except RequestError as error:
            return Answer(None, error=str(error), cost=sum(paid) or None)
        cost = sum(paid) + (answer.cost or 0.0) if paid else answer.cost
        return replace(answer, seconds=time.perf_counter() - started, cost=cost)

    @abstractmethod
    async def request(self, media: Any, question: Question) -> Answer:
        """Send one request and read its reply.

        Raises:
            RequestError: there is no answer.
        """

    def estimate(self, clips: Iterable[tuple[float, Sequence[Question]]]) -> CostEstimate:
        """Estimate the cost from typical token counts per second and per question; each request includes the clip."""
        requests, text, audio, output = 0, 0.0, 0.0, 0.0
        for seconds, questions in clips:
            requests += len(questions)
            video_tokens, audio_tokens = (rate * seconds for rate in self.tokens_per_second)
            text += sum(len(q.text) / _CHARACTERS_PER_TOKEN + video_tokens for q in questions)
            audio += len(questions) * audio_tokens
            output += sum(_ANSWER_TOKENS[q.variant] + self.thinking(q.variant) for q in questions)
        usd = None if self._price is None else self._price.of(text=text, audio=audio, output=output)
        return CostEstimate(requests, round(text), round(audio), round(output), usd)


def known_price(model: str) -> Price | None:
    """Look up a model's price in prices.csv by the longest matching name pattern; None without a match.

    >>> known_price("models/gemini-2.5-flash").output
    2.5
    """
    text = (files("mma_eval") / "models" / "prices.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if fnmatch(model.rpartition("/")[2], row["model"])]
    if not rows:
        return None
    row = max(rows, key=lambda r: len(r["model"]))
    return Price(float(row["text"]), float(row["audio"]), float(row["output"]))


def parse_price(text: str) -> Price:
    """Parse a price from the command line, or raise an OptionsError.

    >>> parse_price("0.3,2.5").output
    2.5
    """
    try:
        given, taken = (float(part) for part in text.split(","))
    except ValueError as error:
        raise OptionsError(
            f"--price {text}: expected IN,OUT in US dollars per million tokens, such as 0.3,2.5"
        ) from error
    return Price(given, given, taken)


def without_secrets(url: str) -> str:
    """Strip user, password and query from a URL, since they may contain keys.

    >>> without_secrets("https://me:secret@host:8000/v1?key=abc")
    'https://host:8000/v1'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
