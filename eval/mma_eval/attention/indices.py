"""Attention per token: the Modality Dominance Index and the Attention Efficiency Index.

Source: "When Language Overrules: Revealing Text Dominance in Multimodal Large Language Models" (arXiv 2508.10552),
equations 1 to 4, as a public reimplementation gives them; the paper's own text was not at hand. Both divide attention
by how many tokens there are to get it, which shares alone do not. Left open there, and chosen here:

- queries are the rows that the answer's tokens are read from, keys all they see; text is all that is neither video nor
  audio, so its tokens are those of template, instructions, question and the answer itself;
- heads are averaged before the ratio is taken; the source reports early, middle and late layers, here each layer has
  its number, and the one number of an answer is that of its attention averaged over all layers;
- O is the one other modality there; here it is video and audio together, and each has its own efficiency besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.record import MODALITIES, AttentionRecord, tokens_of
from mma_eval.attention.shares import of_all, of_all_by_layer

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TEXT = MODALITIES.index("text")


def dominance(shares: NDArray[np.float64], tokens: NDArray[np.float64]) -> NDArray[np.float64]:
    """Modality Dominance Index: attention per text token over attention per other token, (A_T / |T|) / (A_O / |O|).

    1 is even, above 1 the text dominates; inf where the others get nothing, nan where there are none.

    Args:
        shares: (..., 3) of `MODALITIES`.
        tokens: (3,), how many each has.

    >>> dominance(np.array([0.15, 0.05, 0.80]), np.array([300.0, 100.0, 100.0]))  # (0.8 / 100) / (0.2 / 400)
    array(16.)
    """
    text, other = shares[..., _TEXT], shares.sum(-1) - shares[..., _TEXT]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((text / tokens[_TEXT]) / (other / (tokens.sum() - tokens[_TEXT])))


def efficiency(shares: NDArray[np.float64], tokens: NDArray[np.float64]) -> NDArray[np.float64]:
    """Attention Efficiency Index of each modality: its share of attention over its share of tokens, P / Q.

    1 is in proportion; the index of dominance is the text's efficiency over that of all others; nan without tokens.

    Args:
        shares: (..., 3) of `MODALITIES`.
        tokens: (3,), how many each has.

    >>> efficiency(np.array([0.15, 0.05, 0.80]), np.array([300.0, 100.0, 100.0])).round(2)  # 0.15 / 0.6, ...
    array([0.25, 0.25, 4.  ])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((shares / shares.sum(-1, keepdims=True)) / (tokens / tokens.sum()))


def dominance_of(record: AttentionRecord) -> NDArray[np.float64]:
    """(): an answer's index, attention averaged over layers and heads."""
    return dominance(of_all(record), _tokens(record))


def dominance_by_layer(record: AttentionRecord) -> NDArray[np.float64]:
    """(L,): the index of each layer, attention averaged over heads."""
    return dominance(of_all_by_layer(record), _tokens(record))


def efficiency_of(record: AttentionRecord) -> NDArray[np.float64]:
    """(3,): an answer's index for each of `MODALITIES`, attention averaged over layers and heads."""
    return efficiency(of_all(record), _tokens(record))


def efficiency_by_layer(record: AttentionRecord) -> NDArray[np.float64]:
    """(L, 3): the same in each layer, attention averaged over heads."""
    return efficiency(of_all_by_layer(record), _tokens(record))


def _tokens(record: AttentionRecord) -> NDArray[np.float64]:
    return np.array([float(count) for count in tokens_of(record).values()])
