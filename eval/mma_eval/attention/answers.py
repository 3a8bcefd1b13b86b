"""Measure the attention of one answer: shares of video, audio and text, and attention per token.

The paper's rule for comparing modalities (section 4.2, finding 2, and appendix F): attention to text is left out and
the rest is renormalised over video and audio tokens. The paper leaves these choices open:

- queries: the rows that predict the answer's tokens, as in appendix F's heat maps (`AnswerAttention`);
- attention is first averaged over heads (or layers) and then renormalised, so that a head which hardly attends to the
  clip hardly counts; `video_by_layer_equal_heads` uses the other order;
- one number per answer: the sum over the modality's tokens, not the weight of each token.

After renormalisation, audio's share is 1 minus video's, so in every layer its Cohen's d is video's with the opposite
sign. In section 4.2, the two peak in different layers (17 and 22), so the paper must have computed something else
there, probably with tokens as samples. Shares of all attention need not mirror each other: both modalities may gain
under the same question, if a head turns from the text to the clip.

Attention per token: the Modality Dominance Index and the Attention Efficiency Index of Wu, Tang, Zheng and Jiang 2025,
"When Language Overrules: Revealing Text Dominance in Multimodal Large Language Models" (arXiv 2508.10552). The
definitions are equations 1 (MDI) and 2 to 4 (AEI) of a public reimplementation (github.com/Song-haJo/LangOverrule),
because we had only the abstract of the paper itself. Our choices where these sources leave something open, or
where we differ:

- output tokens: the abstract does not say whose attention counts; the reimplementation takes the rows of all tokens
  that are neither text nor other input. Here, the rows that predict the answer's tokens count, including the prompt's
  last token;
- text: everything that is neither video nor audio; the reimplementation leaves the answer's own tokens out of T;
- the other tokens, O: one modality in the reimplementation; here video and audio together, each of which also has its
  own efficiency;
- layers: two early, two middle and two late layers in the reimplementation; here attention is averaged over all layers
  and heads before the ratio is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODALITIES = ("video", "audio", "text")
"""Last axis of `AnswerAttention.shares`. Text is all else: template, instructions, question, and answer so far."""
_VIDEO, _AUDIO, _TEXT = range(len(MODALITIES))


@dataclass(frozen=True)
class AnswerAttention:
    """Attention of one answer, from the rows that predict its tokens; L layers, H heads, G generated tokens, T keys."""

    id: str
    """Id of the dataset row."""
    clip_id: str
    donor_id: str | None
    condition: str
    prompt: str
    reference: str
    """The class of the modality asked about."""
    other: str | None
    """The class of the other modality; None if it is absent."""
    answer: str
    outcome: str
    """The answer's outcome according to `mma_accuracy`."""
    shares: NDArray[np.float32]
    """(L, H, 3): attention to all keys of each modality, mean over the G rows; sums to 1 over `MODALITIES`."""
    last_layer: NDArray[np.float32]
    """(G, T): the last layer's attention, mean over heads; 0 for masked keys."""
    keys: NDArray[np.int8]
    """(T,): modality of each key, as an index into `MODALITIES`."""
    lens_reference: NDArray[np.float32]
    """(L,): log-probability of the reference class's first token, read from each layer by the logit lens at the
    position that predicts the answer's first token."""
    lens_other: NDArray[np.float32] | None
    """As `lens_reference`, for the class `other`; None if `other` is None or both classes begin with the same token."""


def tokens_of(answer: AnswerAttention) -> dict[str, int]:
    """Count the keys of each modality."""
    return {name: int((answer.keys == k).sum()) for k, name in enumerate(MODALITIES)}


def renormalised(shares: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return video's share of the attention to video and audio, v / (v + a); nan if neither receives any.

    Source: paper, section 4.2, finding 2; appendix F. The last axis of `shares` is `MODALITIES`.

    >>> renormalised(np.array([[0.15, 0.05, 0.80], [0.01, 0.03, 0.96]]))  # 0.15 / 0.20, 0.01 / 0.04
    array([0.75, 0.25])
    """
    video, audio = (np.asarray(shares, float)[..., k] for k in (_VIDEO, _AUDIO))
    both = video + audio
    return np.asarray(np.divide(video, both, out=np.full_like(both, np.nan), where=both > 0))


def video_by_layer(answer: AnswerAttention) -> NDArray[np.float64]:
    """Return video's share among video and audio by layer, (L,), heads averaged first (paper, Figures 9, 10 and 18)."""
    return renormalised(answer.shares.mean(1, dtype=float))


def video_by_layer_equal_heads(answer: AnswerAttention) -> NDArray[np.float64]:
    """Return video's share by layer, (L,), renormalised in each head before averaging, so that heads count equally."""
    return np.asarray(renormalised(answer.shares).mean(1))


def video_by_head(answer: AnswerAttention) -> NDArray[np.float64]:
    """Return video's share among video and audio by head, (H,), layers averaged first (paper, appendix E, Figure 16).

    Heads with the same number in different layers have only the number in common, so the average over layers mixes
    unrelated heads; `video_by_layer_and_head` keeps them apart.
    """
    return renormalised(answer.shares.mean(0, dtype=float))


def video_by_layer_and_head(answer: AnswerAttention) -> NDArray[np.float64]:
    """Return video's share among video and audio for every head of every layer, (L, H)."""
    return renormalised(answer.shares)


def of_all_by_layer(answer: AnswerAttention) -> NDArray[np.float64]:
    """Return each modality's share of all attention by layer, (L, 3), averaged over heads."""
    return np.asarray(answer.shares.mean(1, dtype=float))


def of_all(answer: AnswerAttention) -> NDArray[np.float64]:
    """Return each modality's share of all attention, (3,), averaged over layers and heads.

    Finding 1 of section 4.2 gives text's share: "81.29% of the total attention weights aggregated over all the layers".
    """
    return np.asarray(answer.shares.mean((0, 1), dtype=float))


def of_last_layer(answer: AnswerAttention) -> dict[str, float]:
    """Return each modality's share of the last layer's attention in the heat map; they sum to 1.

    They differ slightly from the last layer of `shares`, because the heat map is stored in half precision.
    """
    paid = answer.last_layer.mean(0, dtype=float)
    return {name: float(paid[answer.keys == k].sum() / paid.sum()) for k, name in enumerate(MODALITIES)}


def share_bar(shares: NDArray[np.floating]) -> dict[str, float]:
    """Return each modality's share of one answer's attention, averaged over layers and heads; they sum to 1.

    >>> share_bar(np.array([[[0.25, 0.0, 0.75]], [[0.25, 0.5, 0.25]]]))
    {'video': 0.25, 'audio': 0.25, 'text': 0.5}
    """
    return dict(zip(MODALITIES, shares.mean((0, 1), dtype=float).tolist(), strict=True))


def dominance(answer: AnswerAttention) -> NDArray[np.float64]:
    """Return the Modality Dominance Index, (): attention per text token over attention per other token.

    (A_T / |T|) / (A_O / |O|): above 1, text dominates; inf if the other tokens get no attention, nan if there are
    no other tokens. A mean over clips leaves such answers out (`mma_eval.attention.by_clip`).
    """
    shares, tokens = of_all(answer), _tokens(answer)
    other = shares.sum() - shares[_TEXT]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((shares[_TEXT] / tokens[_TEXT]) / (other / (tokens.sum() - tokens[_TEXT])))


def efficiency(answer: AnswerAttention) -> NDArray[np.float64]:
    """Return the Attention Efficiency Index of each modality, (3,): its share of attention over its share of tokens.

    1 means that the two shares are equal; nan for a modality without tokens. The dominance index is the efficiency of
    text divided by that of all other tokens.
    """
    shares, tokens = of_all(answer), _tokens(answer)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((shares / shares.sum()) / (tokens / tokens.sum()))


def _tokens(answer: AnswerAttention) -> NDArray[np.float64]:
    return np.array([float(count) for count in tokens_of(answer).values()])
