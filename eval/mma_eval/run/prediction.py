"""A line of predictions.jsonl: a question about a row, the reference class, and the model's answer."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, PlainSerializer, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from mma_accuracy.ending import Ended
from mma_bench.benchmark.prompts import Prompt, Variant
from mma_bench.core.records import Items, Json, Number, Record, Text
from mma_eval.model import Answer
from mma_eval.run.questions import Key, Target

Value = TypeVar("Value")


@lru_cache(maxsize=4096)
def _shared(value: Value) -> Value:
    """Intern a value: the lines of a file share a few distinct lists of options and of keys."""
    return value


def _some(options: tuple[str, ...]) -> tuple[str, ...]:
    if not options:
        raise ValueError("a list of at least one class name")
    shared: tuple[str, ...] = _shared(options)
    return shared


class Prediction(Record):
    """A line of predictions.jsonl, with the fields of `model.Question` and `questions.Target`.

    Only the fields needed for scoring are required: id, condition, prompt, reference, options, and answer or error. If
    missing or null, `clip_id` defaults to the id, `variant` to plain and `seed` to 0.
    """

    id: Text
    """Id of the dataset row."""
    clip_id: Text
    """Clip of the row; answers about one clip are not independent."""
    donor_id: Text | None = None
    """Clip whose audio replaces the original audio; null if none does."""
    condition: Text
    prompt: Prompt
    variant: Variant
    seed: int
    reference: Text
    other: Text | None = None
    caption: Text | None = None
    options: Annotated[Items[Text], AfterValidator(_some), PlainSerializer(list)]
    """Classes in the order listed in the question."""
    answer: Text | None = None
    """Raw text of the answer, which may be empty; null on error."""
    error: Text | None = None
    """Reason for a missing answer; null on success."""
    ended: Ended | None = None
    """Why the answer ended: stop, length (cut off), filter or refusal; null if unknown."""
    tokens: Json = None
    """Input tokens by modality (video, audio, text); null if unknown. For the rest see `model.Answer`."""
    seconds: Number | None = None
    cost: Number | None = None
    prompt_tokens: int | None = None

    @property
    def key(self) -> Key:
        """Key of the answer, unique within a run."""
        return self.id, self.prompt, self.variant, self.seed

    @property
    def token_counts(self) -> Mapping[str, int] | None:
        """Input tokens by modality; None if unknown."""
        counts = self.tokens if isinstance(self.tokens, Mapping) else {}
        known = {name: counts.get(name) for name in ("video", "audio", "text")}
        return known if all(type(count) is int for count in known.values()) else None  # type: ignore[return-value]

    @model_validator(mode="wrap")
    @classmethod
    def _remember_order(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Fill in defaults, and remember the order of the line's keys."""
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
    """Build the predictions.jsonl line for an answer."""
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
