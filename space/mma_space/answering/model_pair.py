"""Who answers: the base, and the same model with its adapter."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal

from mma_bench.core.errors import MMABenchError, first_line, traced
from mma_eval.attention.measuring import answer_with_shares
from mma_eval.attention.shares import share_bar
from mma_eval.model import Answer, Clip, Model, ModelError, Question
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_eval.run.asking import ask
from mma_eval.run.questions import ClipQuestions
from mma_space.answering.zerogpu import LENT, on_lent_gpu
from mma_space.settings import shipped

_LOG = logging.getLogger(__name__)

Voice = Literal["base", "tuned"]
_PATIENCE = 60
"""Seconds to wait for a small model; whoever asks a large one too early is told so at once, and holds up nobody."""


class NotReadyError(MMABenchError):
    """The model is still being loaded, or could not be."""


@dataclass(frozen=True)
class Said:
    """An answer, and how likely the model held each option to be."""

    answer: Answer
    probabilities: Mapping[str, float] | None
    """None where they mean nothing (after reasoning) or cannot be had (from a server)."""
    attention: Mapping[str, float] | None = None
    """The share of the answer's attention that video, audio and text get; None where it cannot be had."""


class Voices:
    """A model without and with its adapter; weights are in memory once. Answers one visitor at a time."""

    def __init__(self, model: str, adapter: str | None) -> None:
        self.model_name, self.adapter_name = model, adapter
        self.failure: str | None = None
        """Why it could not be loaded, in a sentence."""
        self.identity: str | None = None
        """Equal identities, equal answers; None until it is loaded."""
        self._model: Model | None = None
        self._lock = threading.Lock()
        self._done = threading.Event()

    @property
    def names(self) -> tuple[Voice, ...]:
        """Which there are."""
        return ("base", "tuned") if self.adapter_name else ("base",)

    def title(self, voice: Voice) -> str:
        """How a person calls it."""
        return self.model_name if voice == "base" else f"{self.model_name} + {self.adapter_name}"

    def load(self) -> None:
        """Load the model; what goes wrong becomes `failure`, and the rest of the page goes on.

        On a lent GPU this must be the main thread, before the page is there.
        """
        try:
            options = {"adapter": self.adapter_name, "device_map": "cpu" if LENT else None}
            model = resolve_model(self.model_name, options)
            model.load()
            if LENT and isinstance(model, OmniModel):  # threads that load straight to a device are not seen by `spaces`
                model.thinker.to("cuda")
            described = json.dumps(dict(model.describe()), sort_keys=True, default=str)
            self.identity = hashlib.sha256(described.encode()).hexdigest()[:16]
            self._model = _ON_THIS_MACHINE[self.model_name, self.adapter_name] = model
        except MMABenchError as error:
            self.failure = str(error)
        except Exception as error:  # of whatever library loads it: the page must go on
            self.failure = f"{self.model_name} cannot be loaded: {traced(error)}"
        finally:
            self._done.set()

    def ask(self, clip: Clip, questions: Sequence[Question]) -> dict[Voice, list[Said]]:
        """Put questions about a clip to each voice.

        Raises:
            NotReadyError: the model is not there (yet).
        """
        if not self._done.wait(_PATIENCE if shipped(self.model_name) else 0):
            raise NotReadyError(f"{self.model_name} is still being loaded; try again in a minute")
        if self._model is None:
            raise NotReadyError(f"no answers: {self.failure}")
        # Decoded here: that takes no GPU.
        prepared = self._model.prepare(clip) if isinstance(self._model, OmniModel) else clip
        with self._lock:
            found: dict[Voice, list[Said]] | MMABenchError
            try:
                found = _asked(self.model_name, self.adapter_name, prepared, tuple(questions))
            except Exception as error:  # a GPU without memory, a server that is gone: no stack trace for a visitor
                if _is_the_lenders(error):
                    raise
                raise ModelError(f"{self.model_name} gave no answer: {first_line(error)}") from error
        if isinstance(found, MMABenchError):
            raise found
        return found


_ON_THIS_MACHINE: dict[tuple[str, str | None], Model] = {}
"""Loaded models: a lent GPU's process finds them here, since they cannot be sent to it."""


def _is_the_lenders(error: Exception) -> bool:
    """What `spaces` says of quotas, with its link; gradio shows it as it is."""
    return type(error).__module__.partition(".")[0] == "gradio"


def _seconds(model_name: str, adapter_name: str | None, clip: Any, questions: tuple[Question, ...]) -> int:
    """That a GPU is lent for: four answers of a large model, some hundred tokens each where it reasons."""
    return 180 if any(question.variant == "cot" for question in questions) else 30


@on_lent_gpu(_seconds)
def _asked(
    model_name: str, adapter_name: str | None, clip: Any, questions: tuple[Question, ...]
) -> dict[Voice, list[Said]] | MMABenchError:
    """Answers, or what went wrong: an error that is raised would lose its words on the way from a lent GPU."""
    model = _ON_THIS_MACHINE[model_name, adapter_name]
    try:
        if isinstance(model, OmniModel):
            return _of_voices(model, ("base", "tuned") if adapter_name else ("base",), clip, questions)
        return {"base": [Said(answer, None) for answer in _answers(model, clip, questions)]}
    except MMABenchError as error:
        return error


def _of_voices(
    model: OmniModel, names: tuple[Voice, ...], prepared: Any, questions: tuple[Question, ...]
) -> dict[Voice, list[Said]]:
    import torch

    found: dict[Voice, list[Said]] = {}
    for voice in names:
        with model.without_adapter() if voice == "base" else nullcontext(), torch.inference_mode():
            prefix = model.encode(prepared)
            found[voice] = [_said(model, prepared, prefix, question) for question in questions]
    return found


def _said(model: OmniModel, prepared: Any, prefix: Any, question: Question) -> Said:
    answer, attention = _with_attention(model, prepared, prefix, question)
    weights = None if question.variant == "cot" else model.weigh(prefix, question)
    return Said(answer, weights, attention)


def _with_attention(
    model: OmniModel, prepared: Any, prefix: Any, question: Question
) -> tuple[Answer, Mapping[str, float] | None]:
    try:
        answer, shares = answer_with_shares(model, prepared, prefix, question)
        return answer, None if shares is None else share_bar(shares)
    except Exception:  # whatever it is: what is only shown beside an answer must not cost the answer
        _LOG.warning("%s: no attention of an answer can be shown", model.name, exc_info=True)
        return model.reply(prefix, question), None


def _answers(model: Model, clip: Clip, questions: Sequence[Question]) -> list[Answer]:
    """Of a model behind a server, or of one's own: as in an evaluation, errors and all."""
    from mma_eval.run.questions import Target

    asked = tuple(Target(q, clip.id, None, "", "", None, None) for q in questions)
    (_, answers), *_ = ask(model, [ClipQuestions(clip, asked)])
    return answers
