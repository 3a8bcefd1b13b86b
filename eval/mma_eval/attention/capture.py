"""The attention of an answer's tokens, taken out of forward passes that run on the fast kernels.

Fast kernels (sdpa, flash attention) never hold the weights of attention, and `output_attentions=True` holds all of
them: rows times keys, for every head of every layer. Here the function that transformers finds in its
AttentionInterface is wrapped. The kernel computes what goes on; beside it the weights of one row, the last of the pass,
are computed from the same queries and keys in float32, and reduced to a sum per modality at once. So what is added
grows with the keys, not with their square.

Which rows: the last one of a pass is that from which the next token is foretold. A greedy answer takes a pass over the
prompt and one for each token said, so its rows are those of the prompt's last token and of its own but the last.

The wrapped function stays where it is put and lets everything pass; whose rows are kept is each thread's own matter.
Put back after each answer it would need a lock, for two threads would put back each other's, and a process that is
forked while another thread holds the lock would wait for ever.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mma_eval.attention.decoder import decoder_layers
from mma_eval.attention.kept import Kept, KeptShares

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_KEPT: ContextVar[Mapping[Any, tuple[KeptShares, int]]] = ContextVar("_KEPT", default=MappingProxyType({}))
"""By attention module: where this thread keeps its rows, and the number of its layer."""


@contextmanager
def keeping(thinker: Any, prompt: NDArray[np.int8]) -> Iterator[Kept]:
    """Keep the attention of the last row of every pass through a thinker's decoder meanwhile; its towers' is let be,
    and so are passes of other threads. What is kept can be read when the block has ended.

    Args:
        thinker: a Qwen Omni thinker, asked about one prompt at a time. Any attention implementation will do.
        prompt: (P,), modalities of the keys that the first pass ends with, indices into `MODALITIES`.

    Raises:
        ModelError: the thinker has no decoder of the known kind, or a pass is about other keys than `prompt`.
    """
    decoder = decoder_layers(thinker)
    kept = Kept(prompt, len(decoder))
    with ExitStack() as stack:
        for number, layer in enumerate(decoder):
            stack.callback(layer.register_forward_hook(_foretelling(kept, number)).remove)
        stack.enter_context(_into(kept, thinker))
        yield kept


@contextmanager
def keeping_shares(thinker: Any, prompt: NDArray[np.int8]) -> Iterator[KeptShares]:
    """As `keeping`, only what each modality gets."""
    kept = KeptShares(prompt, len(decoder_layers(thinker)))
    with _into(kept, thinker):
        yield kept


@contextmanager
def _into(kept: KeptShares, thinker: Any) -> Iterator[None]:
    # Under its own name: by that name masks are made and flash kernels are found.
    _wrap(thinker.model.language_model.config._attn_implementation)
    ours = {layer.self_attn: (kept, number) for number, layer in enumerate(decoder_layers(thinker))}
    before = _KEPT.set({**_KEPT.get(), **ours})
    try:
        yield
    finally:
        _KEPT.reset(before)
    kept.finish()


def _wrap(name: str) -> None:
    """Wrap an attention function, once; two threads that do so at the same time put the same there."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    found = ALL_ATTENTION_FUNCTIONS.get(name)
    if not isinstance(found, _Watched):
        ALL_ATTENTION_FUNCTIONS[name] = _Watched(found)


class _Watched:
    """An attention function (None: the eager one of a model's own file) that also keeps the rows of `_KEPT`."""

    def __init__(self, inner: Callable[..., Any] | None) -> None:
        self._inner = inner

    def __call__(self, module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **more: Any) -> Any:
        found = _KEPT.get().get(module)
        if found is not None:
            kept, layer = found
            scaling, window = more.get("scaling"), more.get("sliding_window")
            kept.add(layer, query, key, attention_mask, scaling=scaling, window=window)
        compute = self._inner or sys.modules[type(module).forward.__module__].eager_attention_forward
        return compute(module, query, key, value, attention_mask, **more)


def _foretelling(kept: Kept, number: int) -> Callable[..., None]:
    def keep(layer: Any, arguments: Any, hidden: Any) -> None:
        # A hook is every thread's.
        if kept.hidden[number] is None and _KEPT.get().get(layer.self_attn, (None,))[0] is kept:
            kept.hidden[number] = hidden[0, -1].clone()  # a view would hold the states of all tokens

    return keep
