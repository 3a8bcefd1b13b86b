"""The attention of an answer's tokens, taken out of forward passes that run on the fast kernels.

Fast kernels (sdpa, flash attention) never hold the weights of attention, and `output_attentions=True` holds all of
them: rows times keys, for every head of every layer. Here the function that transformers finds in its
AttentionInterface is wrapped. The kernel computes what goes on; beside it the weights of one row, the last of the pass,
are computed from the same queries and keys in float32, and reduced to a sum per modality at once. So what is added
grows with the keys, not with their square.

Which rows: the last one of a pass is that from which the next token is foretold. A greedy answer takes a pass over the
prompt and one for each token said, so its rows are those of the prompt's last token and of its own but the last.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

from mma_eval.attention.kept import Kept
from mma_eval.model import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REPLACING = RLock()
"""Held while a function is replaced: two threads would put back each other's."""


@contextmanager
def keeping(thinker: Any, prompt: NDArray[np.int8]) -> Iterator[Kept]:
    """Keep the attention of the last row of every pass through a thinker's decoder meanwhile; its towers' is let be.

    Args:
        thinker: a Qwen Omni thinker, asked about one prompt at a time. Any attention implementation will do.
        prompt: (P,), modalities of the keys that the first pass ends with, indices into `MODALITIES`.

    Raises:
        ModelError: the thinker has no decoder of the known kind, or a pass is about other keys than `prompt`.
    """
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    decoder = decoder_layers(thinker)
    kept = Kept(prompt, len(decoder))
    ours = {layer.self_attn: number for number, layer in enumerate(decoder)}
    # Wrapped under its own name: by that name masks are made and flash kernels are found.
    name = thinker.model.language_model.config._attn_implementation
    with _REPLACING, ExitStack() as stack:
        stack.callback(_put_back, name, ALL_ATTENTION_FUNCTIONS._local_mapping.get(name))
        ALL_ATTENTION_FUNCTIONS[name] = _wrapped(ALL_ATTENTION_FUNCTIONS.get(name), ours, kept)
        for number, layer in enumerate(decoder):
            stack.callback(layer.register_forward_hook(_foretelling(kept, number)).remove)
        yield kept


def decoder_layers(thinker: Any) -> list[Any]:
    """The layers of a thinker's language model.

    Raises:
        ModelError: they are not where the known families have them.
    """
    found = getattr(getattr(getattr(thinker, "model", None), "language_model", None), "layers", ())
    if not found or any(not hasattr(layer, "self_attn") for layer in found):
        raise ModelError(
            f"{type(thinker).__name__}: no model.language_model.layers with a self_attn in each; its attention cannot "
            "be read"
        )
    return list(found)


def last_row(query: Any, key: Any, mask: Any, *, scaling: float | None = None, window: int | None = None) -> Any:
    """The weights of the last query, (H, S) float32; they sum to 1 over the keys.

    Args:
        query: (1, H, Q, D), with its positions in it (rotated).
        key: (1, H / n, S, D), likewise; each serves n neighbouring heads (grouped-query attention).
        mask: None; (1, 1 or H, Q, S), True or 0 where a query may look, False or -inf where not; or (1, S), True or 1
            for keys that are there.
        scaling: of the products; by default 1 / sqrt(D).
        window: so many keys are seen at most, the query's own among them; None means all.
    """
    import torch

    _, heads, _, width = query.shape
    _, groups, keys, _ = key.shape
    asked = query[0, :, -1].float() * (width**-0.5 if scaling is None else scaling)
    scores = asked.view(groups, heads // groups, width) @ key[0].float().transpose(-1, -2)
    scores = scores.view(heads, keys)
    if mask is not None:
        seen = mask[0, :, -1, :keys] if mask.ndim == 4 else mask[:, -keys:].bool()
        scores = scores.masked_fill(~seen, -torch.inf) if seen.dtype == torch.bool else scores + seen
    if window is not None and keys > window:
        scores[:, : keys - window] = -torch.inf
    return scores.softmax(-1)


def _wrapped(inner: Callable[..., Any] | None, ours: Mapping[Any, int], kept: Kept) -> Callable[..., Any]:
    """`inner` (None: the eager function of the model's own file), which also keeps the rows of `ours`."""

    def attention(module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **more: Any) -> Any:
        if module in ours:
            window = more.get("sliding_window")
            row = last_row(query, key, attention_mask, scaling=more.get("scaling"), window=window)
            kept.add(ours[module], row, window=window)
        compute = inner or sys.modules[type(module).__module__].eager_attention_forward
        return compute(module, query, key, value, attention_mask, **more)

    return attention


def _foretelling(kept: Kept, layer: int) -> Callable[..., None]:
    def keep(module: Any, arguments: Any, hidden: Any) -> None:
        if kept.hidden[layer] is None:
            kept.hidden[layer] = hidden[0, -1]

    return keep


def _put_back(name: str, inner: Callable[..., Any] | None) -> None:
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    if inner is None:
        del ALL_ATTENTION_FUNCTIONS[name]
    else:
        ALL_ATTENTION_FUNCTIONS[name] = inner
