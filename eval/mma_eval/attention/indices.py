"""Attention per token: the Modality Dominance Index and the Attention Efficiency Index.

Source: Wu, Tang, Zheng and Jiang 2025, "When Language Overrules: Revealing Text Dominance in Multimodal Large Language
Models" (arXiv 2508.10552), whose abstract names both. The definitions are equations 1 (MDI) and 2 to 4 (AEI) of a
public reimplementation (github.com/Song-haJo/LangOverrule), because we had only the abstract of the paper itself. Both
indices divide attention by the number of tokens that receive it, which shares alone do not. Our choices where these
sources leave something open, or differ:

- output tokens: the abstract does not say whose attention counts; the reimplementation takes the rows of all tokens
  that are neither text nor other input. Here they are the rows that predict the answer's tokens, including the prompt's
  last token (`AnswerAttention`);
- text: everything that is neither video nor audio, so template, instructions, question and the answer so far; the
  reimplementation leaves the answer's own tokens out of T;
- the other tokens, O: one modality there, video and audio together here, each with its own efficiency besides;
- layers: early, middle and late ones there (two of each); here attention is averaged over all layers, and over heads,
  before the ratio is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.answers import MODALITIES, AnswerAttention, tokens_of
from mma_eval.attention.shares import of_all

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TEXT = MODALITIES.index("text")


def dominance(shares: NDArray[np.float64], tokens: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Modality Dominance Index, attention per text token over attention per other token.

    (A_T / |T|) / (A_O / |O|): above 1 the text dominates; inf if the other tokens get no attention, nan if there are
    no other tokens.

    Args:
        shares: (..., 3), the last axis as in `MODALITIES`.
        tokens: (3,), number of tokens of each modality.

    >>> dominance(np.array([0.15, 0.05, 0.80]), np.array([300.0, 100.0, 100.0]))  # (0.8 / 100) / (0.2 / 400)
    array(16.)
    """
    text, other = shares[..., _TEXT], shares.sum(-1) - shares[..., _TEXT]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((text / tokens[_TEXT]) / (other / (tokens.sum() - tokens[_TEXT])))


def efficiency(shares: NDArray[np.float64], tokens: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Attention Efficiency Index of each modality: its share of attention over its share of tokens, P / Q.

    1 means in proportion; nan for a modality without tokens. The dominance index is the efficiency of text over that of
    all other tokens.

    Args:
        shares: (..., 3), the last axis as in `MODALITIES`.
        tokens: (3,), number of tokens of each modality.

    >>> efficiency(np.array([0.15, 0.05, 0.80]), np.array([300.0, 100.0, 100.0])).round(2)  # 0.15 / 0.6, ...
    array([0.25, 0.25, 4.  ])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((shares / shares.sum(-1, keepdims=True)) / (tokens / tokens.sum()))


def dominance_of(answer: AnswerAttention) -> NDArray[np.float64]:
    """Return an answer's dominance index, (), attention averaged over layers and heads; inf if it attends to text only.

    A mean over clips leaves such answers out and counts the clips that remain (`mma_eval.attention.by_clip`).
    """
    return dominance(of_all(answer), _tokens(answer))


def efficiency_of(answer: AnswerAttention) -> NDArray[np.float64]:
    """Return an answer's efficiency index for each modality, (3,), attention averaged over layers and heads."""
    return efficiency(of_all(answer), _tokens(answer))


def _tokens(answer: AnswerAttention) -> NDArray[np.float64]:
    return np.array([float(count) for count in tokens_of(answer).values()])
