"""Capture the attention of an answer's tokens from forward passes that run on the fast kernels.

Fast kernels (sdpa, flash attention) never materialise attention weights, and `output_attentions=True` keeps all of
them: rows times keys, for every head of every layer. Instead, this module wraps the function that transformers finds in
its AttentionInterface. The kernel still computes the output of the layer; in addition, the weights of the last row of
the pass are computed from the same queries and keys in float32 and reduced to one sum per modality. The added cost
grows with the number of keys, not with its square.

The last row of a pass predicts the next token. A greedy answer takes one pass over the prompt and one for each
generated token, so its rows are those of the prompt's last token and of all generated tokens but the last.

A wrapped function stays in place and passes every call through; a context variable lists, per thread, the modules whose
rows are kept. Restoring the function after each answer would need a lock, because two threads would restore each
other's wrapper, and a process forked while another thread holds that lock would wait forever.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mma_eval.attention.captured import CapturedAttention, CapturedShares
from mma_eval.attention.layout import decoder_layers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_Collectors = Mapping[Any, tuple[CapturedShares, int]]
_CAPTURING: ContextVar[_Collectors] = ContextVar("_CAPTURING", default=MappingProxyType({}))
"""Maps an attention module to this thread's collector of rows and the module's layer number."""


@contextmanager
def capture_attention(thinker: Any, prompt: NDArray[np.int8]) -> Iterator[CapturedAttention]:
    """Capture the last row of every pass through a thinker's decoder inside a `with` block.

    Encoder attention is not recorded, nor are passes of other threads. Read the result after the block has ended. The
    thinker may have any attention implementation and answers one prompt at a time; `prompt`, (P,), has the modalities
    of the prompt's tokens as indices into `MODALITIES`.

    Raises:
        ModelError: the thinker's decoder structure is unknown, or the number of keys in a pass does not match `prompt`.
    """
    decoder = decoder_layers(thinker)
    captured = CapturedAttention(prompt, len(decoder))
    with ExitStack() as stack:
        for number, layer in enumerate(decoder):
            stack.callback(layer.register_forward_hook(_state_hook(captured, number)).remove)
        stack.enter_context(_capture_into(captured, thinker))
        yield captured


@contextmanager
def capture_shares(thinker: Any, prompt: NDArray[np.int8]) -> Iterator[CapturedShares]:
    """Capture only the shares of the modalities; arguments as for `capture_attention`."""
    captured = CapturedShares(prompt, len(decoder_layers(thinker)))
    with _capture_into(captured, thinker):
        yield captured


@contextmanager
def _capture_into(captured: CapturedShares, thinker: Any) -> Iterator[None]:
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    # Keep the function's name: masks and flash kernels are looked up by it. Two threads at once set equal wrappers.
    name = thinker.model.language_model.config._attn_implementation
    function = ALL_ATTENTION_FUNCTIONS.get(name)
    if not isinstance(function, _CapturingFunction):
        ALL_ATTENTION_FUNCTIONS[name] = _CapturingFunction(function)
    modules = {layer.self_attn: (captured, number) for number, layer in enumerate(decoder_layers(thinker))}
    before = _CAPTURING.set({**_CAPTURING.get(), **modules})
    try:
        yield
    finally:
        _CAPTURING.reset(before)
    captured.finish()


class _CapturingFunction:
    """An attention function that also keeps the rows of the modules in `_CAPTURING`."""

    def __init__(self, inner: Callable[..., Any] | None) -> None:
        self._inner = inner  # None for the eager implementation, which lives in the file of each model

    def __call__(self, module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **more: Any) -> Any:
        found = _CAPTURING.get().get(module)
        if found is not None:
            captured, layer = found
            options = {"scaling": more.get("scaling"), "window": more.get("sliding_window")}
            captured.add(layer, query, key, attention_mask, **options)
        compute = self._inner or sys.modules[type(module).forward.__module__].eager_attention_forward
        return compute(module, query, key, value, attention_mask, **more)


def _state_hook(captured: CapturedAttention, number: int) -> Callable[..., None]:
    def keep(layer: Any, arguments: Any, hidden: Any) -> None:
        # The hook runs in every thread; only the capturing one has this entry.
        if captured.hidden[number] is None and _CAPTURING.get().get(layer.self_attn, (None,))[0] is captured:
            captured.hidden[number] = hidden[0, -1].clone()  # a view would keep the states of all tokens in memory

    return keep
