"""Answer questions with the base model alone and with its adapter."""

import hashlib
import json
import logging
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal

from mma_bench.core.errors import MMABenchError, first_line, traced
from mma_bench.core.records import Number
from mma_eval.attention.answers import share_bar
from mma_eval.attention.measuring import answer_with_shares
from mma_eval.model import Answer, Clip, Model, ModelError, Question
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_eval.run.asking import ask
from mma_eval.run.questions import ClipQuestions, Target
from mma_space.answering.zerogpu import ON_ZEROGPU, on_zerogpu
from mma_space.settings import is_shipped

_LOG = logging.getLogger(__name__)

Voice = Literal["base", "tuned"]
"""Name of one of the two models, as in the endpoints' results."""
_LOADING_TIMEOUT = 60
"""Seconds that a request waits while a shipped model loads; with other models, which take longer, it fails at once."""


class NotReadyError(MMABenchError):
    """The model is still loading, or has failed to load."""


@dataclass(frozen=True)
class ScoredAnswer:
    """An answer with the probability of each option."""

    answer: Answer
    probabilities: dict[str, Number] | None
    """Probability by option; None after step-by-step reasoning, and for models that give none, such as servers."""
    attention: dict[str, Number] | None = None
    """Share of the answer's attention by modality: video, audio and text; None if it cannot be measured."""


class ModelPair:
    """Answer with and without an adapter, from one copy of the model's weights and one request at a time."""

    def __init__(self, model: str, adapter: str | None) -> None:
        self.model_name, self.adapter_name = model, adapter
        self.failure: str | None = None
        """Reason why loading failed; None if it has not failed."""
        self.identity: str | None = None
        """Digest of the model's description; equal digests mean equal answers. None until the model is loaded."""
        self._model: Model | None = None
        self._lock = threading.Lock()
        self._load_ended = threading.Event()

    @property
    def names(self) -> tuple[Voice, ...]:
        """Names of the models in the pair."""
        return ("base", "tuned") if self.adapter_name else ("base",)

    def title(self, voice: Voice) -> str:
        """Return the display name of a model in the pair."""
        return self.model_name if voice == "base" else f"{self.model_name} + {self.adapter_name}"

    def load(self) -> None:
        """Load the model; on error, store the reason in `failure`, so that the rest of the page keeps working.

        On ZeroGPU, call this in the main thread before the page is served.
        """
        try:
            options = {"adapter": self.adapter_name, "device_map": "cpu" if ON_ZEROGPU else None}
            model = resolve_model(self.model_name, options)
            model.load()
            if ON_ZEROGPU and isinstance(model, OmniModel):  # `spaces` registers only weights moved in the main thread
                model.thinker.to("cuda")
            described = json.dumps(dict(model.describe()), sort_keys=True, default=str)
            self.identity = hashlib.sha256(described.encode()).hexdigest()[:16]
            self._model = _LOADED[self.model_name, self.adapter_name] = model
        except MMABenchError as error:
            self.failure = str(error)
        except Exception as error:  # from any library that loads models: the page must keep working
            self.failure = f"{self.model_name} cannot be loaded: {traced(error)}"
        finally:
            self._load_ended.set()

    def ask(self, clip: Clip, questions: Sequence[Question]) -> dict[Voice, list[ScoredAnswer]]:
        """Ask the models questions about a clip; raise NotReadyError until they are loaded, ModelError if one fails."""
        if not self._load_ended.wait(_LOADING_TIMEOUT if is_shipped(self.model_name) else 0):
            raise NotReadyError(f"{self.model_name} is still being loaded; try again in a minute")
        if self._model is None:
            raise NotReadyError(f"no model is loaded: {self.failure}")
        # Decode before requesting a GPU, which decoding does not need.
        prepared = self._model.prepare(clip) if isinstance(self._model, OmniModel) else clip
        with self._lock:
            found: dict[Voice, list[ScoredAnswer]] | MMABenchError
            try:
                found = _ask_loaded(self.model_name, self.adapter_name, prepared, tuple(questions))
            except Exception as error:  # such as a GPU out of memory or a lost server: show visitors no traceback
                if type(error).__module__.partition(".")[0] == "gradio":
                    raise  # a quota error of `spaces`, which gradio shows unchanged with its link
                raise ModelError(f"{self.model_name} gave no answer: {first_line(error)}; try again") from error
        if isinstance(found, MMABenchError):
            raise found
        return found


_LOADED: dict[tuple[str, str | None], Model] = {}
"""Loaded models by name and adapter. ZeroGPU's worker process inherits this global, as models cannot be sent to it."""


# Four answers take at most 30 seconds, or 180 with reasoning, which makes each several hundred tokens long.
@on_zerogpu(lambda model, adapter, clip, questions: 180 if any(q.variant == "cot" for q in questions) else 30)
def _ask_loaded(
    model_name: str, adapter_name: str | None, clip: Any, questions: tuple[Question, ...]
) -> dict[Voice, list[ScoredAnswer]] | MMABenchError:
    """Return the answers or an MMABenchError, which would lose its message if raised in ZeroGPU's worker process."""
    model = _LOADED[model_name, adapter_name]
    try:
        if isinstance(model, OmniModel):
            return _ask_both(model, ("base", "tuned") if adapter_name else ("base",), clip, questions)
        # Another kind of model, such as a server or a user's class; errors are stored in the answers.
        asked = tuple(Target(q, clip.id, None, "", "", None, None) for q in questions)
        (_, answers), *_ = ask(model, [ClipQuestions(clip, asked)])
        return {"base": [ScoredAnswer(answer, None) for answer in answers]}
    except MMABenchError as error:
        return error


def _ask_both(
    model: OmniModel, names: tuple[Voice, ...], prepared: Any, questions: tuple[Question, ...]
) -> dict[Voice, list[ScoredAnswer]]:
    import torch

    found: dict[Voice, list[ScoredAnswer]] = {}
    for voice in names:
        with model.without_adapter() if voice == "base" else nullcontext(), torch.inference_mode():
            prefix = model.encode(prepared)
            found[voice] = [_scored_answer(model, prepared, prefix, question) for question in questions]
    return found


def _scored_answer(model: OmniModel, prepared: Any, prefix: Any, question: Question) -> ScoredAnswer:
    try:
        answer, shares = answer_with_shares(model, prepared, prefix, question)
        attention = None if shares is None else share_bar(shares)
    except Exception:  # any error: attention only accompanies the answer, which must not be lost
        _LOG.warning("%s: no attention of an answer can be shown", model.name, exc_info=True)
        answer, attention = model.reply(prefix, question), None
    return ScoredAnswer(answer, None if question.variant == "cot" else model.weigh(prefix, question), attention)
