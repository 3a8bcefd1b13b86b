"""Attention per token: the Modality Dominance Index and the Attention Efficiency Index.

Source: Wu, Tang, Zheng and Jiang 2025, "When Language Overrules: Revealing Text Dominance in Multimodal Large Language
Models" (arXiv 2508.10552), whose abstract names both. The definitions are those that a public reimplementation gives as
its equations 1 (MDI) and 2 to 4 (AEI), for we had the abstract and the reimplementation (github.com/Song-haJo/
LangOverrule), not the paper's text. Both divide attention by how many tokens there are to get it, which shares alone do
not. What these leave open, or have otherwise, is our choice:

- output tokens: the abstract does not say whose attention counts; the reimplementation takes the rows of all tokens
  that are neither text nor other input. Here they are the rows that the answer's tokens are read from, the prompt's
  last token among them (`AttentionRecord`);
- text: all that is neither video nor audio, so template, instructions, question and the answer so far; the
  reimplementation leaves the answer's own tokens out of T;
- the other tokens, O: one modality there, video and audio together here, and each has its own efficiency besides;
- layers: early, middle and late ones there (two of each); here attention is averaged over all layers, and over heads,
  before the ratio is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.record import MODALITIES, AttentionRecord, tokens_of
from mma_eval.attention.shares import of_all

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
    """(): an answer's index, attention averaged over layers and heads; inf where it looks at text only.

    A mean over clips leaves such answers out and counts the clips that are left (`mma_eval.attention.by_clip`).
    """
    return dominance(of_all(record), _tokens(record))


def efficiency_of(record: AttentionRecord) -> NDArray[np.float64]:
    """(3,): an answer's index for each of `MODALITIES`, attention averaged over layers and heads."""
    return efficiency(of_all(record), _tokens(record))


def _tokens(record: AttentionRecord) -> NDArray[np.float64]:
    return np.array([float(count) for count in tokens_of(record).values()])
