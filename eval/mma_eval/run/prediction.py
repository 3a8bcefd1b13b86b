"""One line of predictions.jsonl: a question of a row, what was right, and what the model said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

from mma_bench.benchmark.prompts import PROMPTS, VARIANTS
from mma_eval.model import Answer, Question

Key = tuple[str, str, str, int]
"""Row id, prompt, variant, seed: what makes an answer unique within a run."""


@dataclass(frozen=True)
class Asked:
    """A question with what is needed to judge its answer."""

    question: Question
    clip_id: str
    donor_id: str | None
    condition: str
    reference: str
    """The class of the modality asked about; where that is absent, the class of the original clip."""
    other: str | None
    """The class that the other modality shows; None where it shows nothing."""
    caption: str | None
    """The class that a misleading caption names."""

    @property
    def key(self) -> Key:
        """Unique within a run."""
        return self.question.row_id, self.question.prompt, self.question.variant, self.question.seed


@dataclass(frozen=True)
class Prediction:
    """A record of predictions.jsonl."""

    id: str
    clip_id: str
    donor_id: str | None
    condition: str
    prompt: str
    variant: str
    seed: int
    reference: str
    other: str | None
    caption: str | None
    options: tuple[str, ...]
    answer: str | None
    """Null on error."""
    error: str | None
    """Null on success."""
    tokens: Mapping[str, int] | None
    seconds: float | None
    cost: float | None = None

    @property
    def key(self) -> Key:
        """Unique within a run."""
        return self.id, self.prompt, self.variant, self.seed

    def as_json(self) -> dict[str, Any]:
        """The line, as JSON."""
        line = asdict(self) | {"options": list(self.options)}
        if self.cost is None:
            del line["cost"]
        return line


def prediction(asked: Asked, answer: Answer) -> Prediction:
    """What is written down of an answer."""
    question = asked.question
    return Prediction(
        id=question.row_id,
        clip_id=asked.clip_id,
        donor_id=asked.donor_id,
        condition=asked.condition,
        prompt=question.prompt,
        variant=question.variant,
        seed=question.seed,
        reference=asked.reference,
        other=asked.other,
        caption=asked.caption,
        options=question.options,
        **({"cost": None} | answer.as_json()),
    )


def parse_prediction(line: Mapping[str, Any]) -> Prediction:
    """The inverse of `Prediction.as_json`; lenient where scoring needs nothing, since any model's JSONL can be scored.

    Needed are id, prompt, reference, options, and answer or error. `clip_id` is the id's by default, `variant` plain,
    `seed` 0.

    Raises:
        ValueError: something that is needed is missing or of another kind; the message says what.
    """
    missing = [name for name in ("id", "condition", "prompt", "reference", "options") if line.get(name) is None]
    if missing:
        raise ValueError(f"no {', '.join(missing)}; a line has id, condition, prompt, reference, options and answer")
    if "answer" not in line and line.get("error") is None:
        raise ValueError("neither answer nor error; an answer that failed has the reason as its error")
    filled = {"clip_id": line["id"], "variant": "plain", "seed": 0} | {k: v for k, v in line.items() if v is not None}
    if filled["prompt"] not in PROMPTS:
        raise ValueError(f"prompt {filled['prompt']!r}; expected one of {', '.join(PROMPTS)}")
    if filled["variant"] not in VARIANTS:
        raise ValueError(f"variant {filled['variant']!r}; expected one of {', '.join(VARIANTS)}")
    options = filled["options"]
    if not isinstance(options, list) or not all(isinstance(o, str) for o in options) or not options:
        raise ValueError(f"options {str(options)[:80]!r}; expected a list of class names")
    for name in ("answer", "error"):
        if not isinstance(filled.get(name), str | None):
            raise ValueError(f"{name} {filled[name]!r:.80}; expected a string or null")
    for name in ("id", "clip_id", "condition", "reference"):
        if not isinstance(filled[name], str):
            raise ValueError(f"{name} {filled[name]!r:.80}; expected a string")
    if type(filled["seed"]) is not int:
        raise ValueError(f"seed {filled['seed']!r:.80}; expected a whole number")
    values: dict[str, Any] = {f.name: filled.get(f.name) for f in fields(Prediction)}
    return Prediction(**values | {"options": _shared(tuple(options))})


@lru_cache(maxsize=4096)
def _shared(options: tuple[str, ...]) -> tuple[str, ...]:
    """One tuple for all lines with the same options: there are as many lines as questions, and few lists of options."""
    return options
