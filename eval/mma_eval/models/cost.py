"""Prices of paid models, and the costs of runs and answers."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.resources import files

from mma_bench.core.errors import OptionsError
from mma_eval.model import CostEstimate, Question

_CHARACTERS_PER_TOKEN = 3.5  # low for questions, which are lists of names, so that the estimate is high
_ANSWER_TOKENS = {"plain": 10, "abstain": 10, "cot": 300}


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens."""

    text: float
    """Input text, images and video."""
    audio: float
    """Input audio."""
    output: float
    source: str
    """Source of the price and its date."""

    def of(self, *, text: float, audio: float, output: float) -> float:
        """Compute the cost of token counts in US dollars.

        >>> Price(text=1.0, audio=2.0, output=10.0, source="").of(text=500_000, audio=0, output=100_000)
        1.5
        """
        return (text * self.text + audio * self.audio + output * self.output) / 1e6


@dataclass(frozen=True)
class Rates:
    """Tokens per second of video and of audio."""

    video: float
    audio: float


def estimate_cost(
    clips: Iterable[tuple[float, Sequence[Question]]], rates: Rates, price: Price | None, *, thinking: int = 0
) -> CostEstimate:
    """Estimate the cost of questions about clips; each request includes the clip.

    Args:
        clips: duration of each clip in seconds, with its questions.
        rates: tokens per second of a clip.
        price: price of the model; None if unknown.
        thinking: maximum thinking tokens per answer.
    """
    requests, text, audio, output = 0, 0.0, 0.0, 0.0
    for seconds, questions in clips:
        requests += len(questions)
        text += sum(len(q.text) / _CHARACTERS_PER_TOKEN + rates.video * seconds for q in questions)
        audio += len(questions) * rates.audio * seconds
        output += sum(_ANSWER_TOKENS[q.variant] + thinking for q in questions)
    usd = None if price is None else price.of(text=text, audio=audio, output=output)
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
    numbers = (float(row["text"]), float(row["audio"]), float(row["output"]))
    return Price(*numbers, source=f"{row['source']}, {row['as_of']}")


def parse_price(text: str) -> Price:
    """Parse a price from the command line.

    Raises:
        OptionsError: the text is not two numbers.

    >>> parse_price("0.3,2.5").output
    2.5
    """
    try:
        given, taken = (float(part) for part in text.split(","))
    except ValueError as error:
        raise OptionsError(
            f"--price {text}: expected IN,OUT in US dollars per million tokens, such as 0.3,2.5"
        ) from error
    return Price(given, given, taken, source="--price")
