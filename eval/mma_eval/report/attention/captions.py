"""Captions for attention pictures: what each kind shows, and what it cannot show."""

from collections.abc import Sequence
from dataclasses import dataclass

from mma_eval.report.page import Gallery, Picture


@dataclass(frozen=True)
class Caption:
    """Title and captions of one kind of picture."""

    title: str
    shows: str
    cannot_show: str
    wide: bool = False
    """True if the picture is too wide for a phone, where it scrolls."""


BY_LAYER = Caption(
    "Attention that follows the question, by layer",
    "Cohen's d of a modality's share of attention between the visual and the audio question: above 0, it gets more "
    "when the picture is asked about. Bands: 95 % bootstrap intervals of each layer, clips drawn; dashes are "
    "misaligned clips. In the first picture text is left out (as in Figures 9, 10 and 18): audio's curve "
    "there is video's turned over, for the two shares sum to 1. In the others text counts, and video and audio are "
    "free of each other.",
    "in the first picture alone, that attention moves from sound to picture: where heads turn from the text to the "
    "clip, both may get more, which the other two pictures tell. Nor whether attention makes the answer; how large a "
    "shift is, for d counts in deviations between clips, so that a tiny shift that is the same in all clips is large; "
    "whether a whole curve lies within its band.",
)
BY_HEAD = Caption(
    "Heads",
    "The same d. Points: text left out, heads of the same number in all layers averaged (as in Figure 16), with 95 % "
    "bootstrap intervals, clips drawn. Maps: each head of each layer, one scale per share over all runs; orange heads "
    "look more at the modality when the picture is asked about, violet ones less; white is 0, grey undefined.",
    "that heads of the same number belong together: across layers they have only the number in common, so the points "
    "average unlike heads. Nor that heads shift from sound to picture where only the points do: a head that looks at "
    "the clip under one question and at the text under the other shifts what heads do together, and its own map with "
    "the text left out stays white. Cells have no interval, and the strongest of many is strong by chance too.",
)
BY_TOKEN = Caption(
    "One answer, token by token",
    "Attention in the last layer, mean over its heads, on a logarithmic scale. A row is the place that a token of the "
    "answer is read from: the prompt's last token for the first, then the answer's own tokens but the last. Columns "
    "are the tokens up to there; the band above says what they are (as in Figure 19), with each modality's share of "
    "this layer's attention. It is the first row by name, not a typical one.",
    "what single heads do, for a mean over heads may be that of none; what is taken from a token: it may be looked at "
    "for what earlier layers carried into it from others, and in most language models the first tokens of the text "
    "are bright, whatever they say.",
    wide=True,
)
DECIDED = Caption(
    "Where a conflict is decided",
    "The logit lens reads every layer as if it were the last: mean log-probability of the first token of the right "
    "class and of the other modality's class, over all answers, with 95 % bootstrap intervals, clips drawn. "
    "Triangles: the mean layer from which on the class that the answer names stays the higher of the two, with its "
    "interval, for right answers and for those with the other modality's class; how many they are is in brackets, "
    "“of” all such answers where in some the class ends lower (another token may come first). Answers that name "
    "neither class have no triangle. Questions whose two classes begin with the same token are left out.",
    "what a layer computes: early layers are not made to be read as words, a class is known by its first token only, "
    "and what is legible in a layer may have been settled before it. Nor that a class comes ahead for being asked "
    "about: it may be ahead there whatever is asked, which the picture of the other question tells. A mean layer need "
    "be that of no answer: half may be decided in the first and half in the last.",
)


def gallery(caption: Caption, pictures: Sequence[Picture | None]) -> Gallery:
    """Build a gallery from the pictures that could be drawn and their caption."""
    made = [picture for picture in pictures if picture is not None]
    return Gallery(caption.title, made, caption.shows, caption.cannot_show, caption.wide)


def drawn(name: str, svg: str, words: str, title: str) -> Picture:
    """Wrap an SVG as a `Picture`."""
    return Picture(name, svg.encode(), "image/svg+xml", words, title)
