"""Shares of attention: how much of it goes to picture, sound and text, and to picture among picture and sound.

The paper's rule for comparing modalities (section 4.2, finding 2, and appendix F): attention to text is left out and
what remains is renormalised over video and audio tokens. Left open there, and chosen here:

- which queries: the rows that the answer's tokens are read from, as in appendix F's heat maps (`AttentionRecord`);
- attention is averaged over heads (or layers) first and renormalised then, so that a head which hardly looks at the
  clip counts for as little as it pays; `video_by_layer_heads_alike` is the other order;
- one number per answer: the sum over the modality's tokens, not the weight of each token.

Where two shares are renormalised to sum to 1, the audio's is 1 less the video's, and its Cohen's d the video's with the
sign changed, in every layer. Section 4.2 has them peak in different layers (17 and 22), so the paper must have counted
something else there, likely tokens as samples. What is not bound to mirror itself are the shares of all attention: by
them both modalities may gain under one question, where a head turns from the text to the clip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mma_eval.attention.record import MODALITIES, AttentionRecord

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VIDEO, _AUDIO = MODALITIES.index("video"), MODALITIES.index("audio")


def renormalised(shares: NDArray[np.floating]) -> NDArray[np.float64]:
    """Video's share of the attention that video and audio get together, v / (v + a); nan where neither gets any.

    Source: paper, section 4.2, finding 2; appendix F.

    Args:
        shares: (..., 3) of `MODALITIES`.

    >>> renormalised(np.array([[0.15, 0.05, 0.80], [0.01, 0.03, 0.96]]))  # 0.15 / 0.20, 0.01 / 0.04
    array([0.75, 0.25])
    """
    video, audio = (np.asarray(shares, float)[..., k] for k in (_VIDEO, _AUDIO))
    both = video + audio
    share: NDArray[np.float64] = np.divide(video, both, out=np.full_like(both, np.nan), where=both > 0)
    return share


def video_by_layer(record: AttentionRecord) -> NDArray[np.float64]:
    """(L,): video's share among video and audio in each layer, heads averaged first (paper, Figures 9, 10 and 18)."""
    return renormalised(record.shares.mean(1, dtype=float))


def video_by_layer_heads_alike(record: AttentionRecord) -> NDArray[np.float64]:
    """(L,): the same, renormalised in each head before heads are averaged: every head counts alike."""
    mean: NDArray[np.float64] = renormalised(record.shares).mean(1)
    return mean


def video_by_head(record: AttentionRecord) -> NDArray[np.float64]:
    """(H,): the same of each head, layers averaged first (paper, appendix E, Figure 16).

    Heads of the same number in different layers have nothing in common but the number, so the average over layers
    mixes unlike heads; `video_by_layer_and_head` keeps them apart.
    """
    return renormalised(record.shares.mean(0, dtype=float))


def video_by_layer_and_head(record: AttentionRecord) -> NDArray[np.float64]:
    """(L, H): the same of every head."""
    return renormalised(record.shares)


def of_all_by_layer(record: AttentionRecord) -> NDArray[np.float64]:
    """(L, 3): the share of all attention that each of `MODALITIES` gets in each layer, heads averaged."""
    mean: NDArray[np.float64] = record.shares.mean(1, dtype=float)
    return mean


def video_of_all_by_layer(record: AttentionRecord) -> NDArray[np.float64]:
    """(L,): the video's share of all attention in each layer."""
    return of_all_by_layer(record)[:, _VIDEO]


def audio_of_all_by_layer(record: AttentionRecord) -> NDArray[np.float64]:
    """(L,): the audio's share of all attention in each layer."""
    return of_all_by_layer(record)[:, _AUDIO]


def of_all(record: AttentionRecord) -> NDArray[np.float64]:
    """(3,): the share of all attention that each of `MODALITIES` gets, layers and heads averaged.

    The text's is finding 1 of section 4.2: "81.29% of the total attention weights aggregated over all the layers".
    """
    mean: NDArray[np.float64] = record.shares.mean((0, 1), dtype=float)
    return mean


def of_last_layer(record: AttentionRecord) -> dict[str, float]:
    """The share of the last layer's attention that each of `MODALITIES` gets in a heat map; they sum to 1.

    Not exactly `shares` of that layer, for the heat map is kept in half precision.
    """
    paid = record.last_layer.mean(0, dtype=float)
    return {name: float(paid[record.keys == k].sum() / paid.sum()) for k, name in enumerate(MODALITIES)}


def share_bar(shares: NDArray[np.floating]) -> dict[str, float]:
    """The share of one answer's attention that each of `MODALITIES` gets, for a bar: they sum to 1.

    Args:
        shares: (L, H, 3), as of an `AttentionRecord`.

    >>> share_bar(np.array([[[0.25, 0.0, 0.75]], [[0.25, 0.5, 0.25]]]))
    {'video': 0.25, 'audio': 0.25, 'text': 0.5}
    """
    return dict(zip(MODALITIES, shares.mean((0, 1), dtype=float).tolist(), strict=True))
