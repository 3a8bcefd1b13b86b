"""A line of predictions.jsonl: a question about a row, the right answer, and the model's answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, PlainSerializer, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from mma_bench.benchmark.prompts import Prompt, Variant
from mma_bench.core.records import Items, Json, Number, Record, Text
from mma_eval.model import Answer
from mma_eval.run.questions import Key, Target

Value = TypeVar("Value")


@lru_cache(maxsize=4096)
def _shared(value: Value) -> Value:
    """Return the first equal value: a file has as many lines as questions, and few lists of options and of keys."""
    return value


def _some(options: tuple[str, ...]) -> tuple[str, ...]:
    if not options:
        raise ValueError("a list of class names")
    shared: tuple[str, ...] = _shared(options)
    return shared


class Prediction(Record):
    """A line of predictions.jsonl.

    Any model's JSONL can be scored, so only what scoring needs is required: id, condition, prompt, reference, options,
    and answer or error. Where `clip_id`, `variant` or `seed` is missing or null, the id, plain and 0 stand in.
    """

    id: Text
    """The row of the dataset."""
    clip_id: Text
    """The row's clip; answers about one clip are not independent of each other."""
    donor_id: Text | None = None
    """The clip whose audio replaces the row's own."""
    condition: Text
    prompt: Prompt
    """The modality asked about."""
    variant: Variant
    seed: int
    """0 lists the options in alphabetical order; another seed shuffles them."""
    reference: Text
    """Class of the modality asked about; where that is absent, class of the original clip."""
    other: Text | None = None
    """Class of the other modality; null where it is absent."""
    caption: Text | None = None
    """Class that a misleading caption names."""
    options: Annotated[Items[Text], AfterValidator(_some), PlainSerializer(list)]
    """Classes in the order in which the question listed them."""
    answer: Text | None = None
    """Raw text of the answer; null on error."""
    error: Text | None = None
    """Reason why there is no answer; null on success."""
    tokens: Json = None
    """Tokens that the model took in by modality: video, audio, text; null where they are not known."""
    seconds: Number | None = None
    """Time that this answer took beyond what all questions about the clip share."""
    cost: Number | None = None
    """US dollars; absent where nothing is paid or the price is not known."""

    @property
    def key(self) -> Key:
        """Key of the answer, unique within a run."""
        return self.id, self.prompt, self.variant, self.seed

    @property
    def token_counts(self) -> Mapping[str, int] | None:
        """Tokens by modality; None where they are not known."""
        counts = self.tokens if isinstance(self.tokens, Mapping) else {}
        known = {name: counts.get(name) for name in ("video", "audio", "text")}
        return known if all(type(count) is int for count in known.values()) else None  # type: ignore[return-value]

    @model_validator(mode="wrap")
    @classmethod
    def _remember_order(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Fill in what a line may leave out, and share the order of keys between lines."""
        if not isinstance(value, dict):
            return validate(value)
        if "answer" not in value and value.get("error") is None:
            raise ValueError("an answer, or an error that says why there is none")
        defaults = {"clip_id": value.get("id"), "variant": "plain", "seed": 0}
        filled = value | {name: given for name, given in defaults.items() if value.get(name) is None}
        made = validate(filled)
        made._keys = _shared(tuple(filled))
        return made


def prediction(target: Target, answer: Answer) -> Prediction:
    """Make the line for an answer."""
    question = target.question
    return Prediction(
        id=question.row_id,
        clip_id=target.clip_id,
        donor_id=target.donor_id,
        condition=target.condition,
        prompt=question.prompt,
        variant=question.variant,
        seed=question.seed,
        reference=target.reference,
        other=target.other,
        caption=target.caption,
        options=question.options,
        **answer.as_json(),
    )
