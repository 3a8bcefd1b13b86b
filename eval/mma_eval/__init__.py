"""Run models on the benchmark: implement `Model`, then call `evaluate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mma_eval.model import Answer, Clip, Model, Question, Tokens

if TYPE_CHECKING:
    from mma_eval.evaluation import evaluate as evaluate
    from mma_eval.run.options import EvalOptions as EvalOptions

__all__ = ["Answer", "Clip", "EvalOptions", "Model", "Question", "Tokens", "evaluate"]

_LATE = {"EvalOptions": "mma_eval.run.options:EvalOptions", "evaluate": "mma_eval.evaluation:evaluate"}


def __getattr__(name: str) -> Any:
    """Import the runner on first use, so that importing the model interface stays cheap."""
    if name in _LATE:
        from pkgutil import resolve_name

        return resolve_name(_LATE[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
