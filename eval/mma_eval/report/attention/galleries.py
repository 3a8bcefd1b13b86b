"""Draw Cohen's d by layer and by head, attention to each token, and the layers at which a conflict is decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from mma_eval.attention.answers import of_last_layer, video_by_head
from mma_eval.attention.by_clip import Measure
from mma_eval.attention.effect_size import Separation, separation, separation_values
from mma_eval.attention.lens import CrossingLayers, LensSummary, summarise_lens
from mma_eval.report.attention.measured import BY_LAYER, BY_LAYER_AND_HEAD, Measured
from mma_eval.report.attention.tables import interval, rounded, spaced
from mma_eval.report.page import Gallery, Picture, svg_picture
from mma_eval.report.pictures.heat_maps import head_map, token_map
from mma_eval.report.pictures.lines import Line, panel
from mma_eval.report.pictures.palette import CURVE_COLOURS, MODALITY_COLOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

Group = Sequence[Measured]
"""Runs drawn in one picture: a single run, or a base model and its tuned version."""
_SMALL = 0.2
"""A small effect according to Cohen (1988). Axes and colour scales extend at least this far, so that smaller effects
look small."""
_MODALITIES = {"visual": ("video", "audio"), "audio": ("audio", "video")}
"""Modality asked about and other modality, by prompt."""
_SEEN = {"video": "picture", "audio": "sound"}
_BY_LAYER = Gallery(
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
_BY_HEAD = Gallery(
    "Heads",
    "The same d. Points: text left out, heads of the same number in all layers averaged (as in Figure 16), with 95 % "
    "bootstrap intervals, clips drawn. Maps: each head of each layer, one scale per share over all runs; orange heads "
    "look more at the modality when the picture is asked about, violet ones less; white is 0, grey undefined.",
    "that heads of the same number belong together: across layers they have only the number in common, so the points "
    "average unlike heads. Nor that heads shift from sound to picture where only the points do: a head that looks at "
    "the clip under one question and at the text under the other shifts what heads do together, and its own map with "
    "the text left out stays white. Cells have no interval, and the strongest of many is strong by chance too.",
)
_BY_TOKEN = Gallery(
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
_DECIDED = Gallery(
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


def layer_gallery(groups: Sequence[Group], key: str) -> Gallery:
    """Draw Cohen's d by layer (paper, Figures 9, 10 and 18); `key` begins the file name of each picture."""
    pictures = [
        _curves(f"{key}-layers-{number}-{short}.svg", f"{title}: {words}", group, measure, "layer")
        for number, group in enumerate(groups)
        for title in [" and ".join(run.name for run in group)]
        for short, (words, measure) in BY_LAYER.items()
    ]
    return _filled(_BY_LAYER, pictures)


def head_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """Draw Cohen's d by head over all layers (paper, Figure 16), and for each head of each layer."""
    pictures = [
        _curves(f"{key}-heads-{number}.svg", f"{run.name}: by head, all layers", [run], video_by_head, "head")
        for number, run in enumerate(runs)
    ]
    for short, (words, measure) in BY_LAYER_AND_HEAD.items():
        found = [separation_values(run.select(run.example), measure) for run in runs]
        defined = [None if d is None or np.isnan(d).all() else d for d in found]
        limit = max([_SMALL, *(float(np.nanmax(abs(d))) for d in defined if d is not None)])
        pictures += [
            head_map_picture(
                f"{key}-heads-{k}-{short}.svg", f"{run.name}: {words}, every head, {spaced(run.example)}", d, limit
            )
            for k, (run, d) in enumerate(zip(runs, defined, strict=True))
            if d is not None
        ]
    return replace(_filled(_BY_HEAD, pictures), side_by_side=len(runs) == 2)


def token_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """Draw the last layer's attention to each token, for one answer to each question (paper, Figure 19)."""
    return _filled(_BY_TOKEN, (p for number, run in enumerate(runs) for p in _tokens(run, f"{key}-tokens-{number}")))


def deciding_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """Draw the layers at which a conflict is decided, according to the logit lens."""
    return _filled(_DECIDED, (p for number, run in enumerate(runs) for p in _lens(run, f"{key}-deciding-{number}")))


def _filled(gallery: Gallery, pictures: Iterable[Picture | None]) -> Gallery:
    return replace(gallery, pictures=[picture for picture in pictures if picture is not None])


def _curves(name: str, title: str, group: Group, measure: Measure, by: Literal["layer", "head"]) -> Picture | None:
    """Draw a curve for each run and condition; None if Cohen's d is undefined for all of them."""
    lines, words = [], []
    for run in group:
        for condition in run.curves:
            d = separation(run.select(condition), measure)
            if d is not None:
                label = f"{run.name}, {condition}" if len(group) > 1 else condition
                fewest, most = d.places.present.min(), d.places.present.max()
                counts = f", {fewest:,} to {most:,} clips" if fewest < most else ""
                colour = CURVE_COLOURS["tuned" if run.tuned else "base", condition]
                lines.append(Line(f"{label}{counts}", d.places, colour, dashed=condition == "misaligned"))
                words.append(f"{label}: {_in_words(d, by)}")
    if not lines:
        return None
    y_name, alt = "Cohen's d, visual less audio question", "; ".join(words)
    svg = panel(lines, f"{title}. {alt}", y_name=y_name, by=by, include=(-_SMALL, _SMALL))
    return svg_picture(name, svg, alt, title)


def _in_words(d: Separation, by: str) -> str:
    k = d.places.farthest()
    if k is None:
        return "undefined"
    peak = f"farthest from 0 at {by} {k + 1} with {interval(d.places.at(k), digits=2)}"
    return f"mean d {interval(d.mean, digits=2)}, {peak}"


def head_map_picture(name: str, title: str, d: NDArray[np.float64], limit: float) -> Picture:
    """Draw Cohen's d of every head, and describe the head whose d is farthest from 0."""
    layer, head = np.unravel_index(int(np.nanargmax(abs(d))), d.shape)
    words = (
        f"Of {d.size} heads {int((d > _SMALL).sum())} have d above {_SMALL} and {int((d < -_SMALL).sum())} below "
        f"-{_SMALL}; farthest from 0 is head {head + 1} of layer {layer + 1}, with {rounded(d[layer, head], 2)}."
    )
    return svg_picture(name, head_map(d, limit, f"{title}. {words}"), words, title)


def _tokens(run: Measured, key: str) -> Iterator[Picture]:
    for prompt in _MODALITIES:
        first = min(run.select(run.example, prompt), key=lambda a: a.id, default=None)
        if first is None:
            continue
        attention = run.with_heat_map(first)
        shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in of_last_layer(attention).items())
        answer = _brief(attention.answer)
        words = f"Row {attention.id}, {prompt} question, answered {answer}: {shares} of the last layer's attention."
        title = f"{run.name}: {prompt} question about {attention.id}, answered “{answer}”"
        yield svg_picture(f"{key}-{prompt}.svg", token_map(attention, words), words, title)


def _lens(run: Measured, key: str) -> Iterator[Picture]:
    for condition in run.conditions:
        for prompt in _MODALITIES:
            found = summarise_lens(run.select(condition, prompt))
            if found is not None:
                title, words = f"{run.name}: {spaced(condition)}, {prompt} question", _lens_in_words(found)
                svg = _panel(found, prompt, f"{title}. {words}")
                yield svg_picture(f"{key}-{condition}-{prompt}.svg", svg, words, title)


def _panel(found: LensSummary, prompt: str, description: str) -> str:
    asked, other = _MODALITIES[prompt]
    lines = [
        Line(f"class of the {_SEEN[asked]} (right)", found.reference, MODALITY_COLOURS[asked]),
        Line(f"class of the {_SEEN[other]}", found.other, MODALITY_COLOURS[other], dashed=True),
    ]
    marks = [
        Line(f"{words} ({_counted(of)})", of.layer, MODALITY_COLOURS[modality])
        for words, of, modality in (
            ("right answers", found.grounded, asked),
            (f"answers with the {_SEEN[other]}'s class", found.other_modality, other),
        )
        if of.layer is not None
    ]
    return panel(lines, description, y_name="log-probability of the class's first token", marks=marks)


def _counted(found: CrossingLayers) -> str:
    return f"{found.read:,}" if found.read == found.answers else f"{found.read:,} of {found.answers:,}"


def _lens_in_words(found: LensSummary) -> str:
    parts = []
    for of, what in ((found.grounded, "are right"), (found.other_modality, "name the other modality's class")):
        which = "" if of.read == of.answers else f" in the {of.read:,} whose class ends higher"
        place = "" if of.layer is None else f", decided at layer {interval(of.layer)}{which}"
        parts.append(f"{of.answers:,} answers {what}{place}")
    parts.append(f"{found.rest:,} name neither")
    if found.same_first_token:
        parts.append(f"{found.same_first_token:,} are left out, for their two classes begin with the same token")
    return "; ".join(parts)


def _brief(answer: str) -> str:
    """Shorten an answer to one line of printable characters."""
    line = "".join(letter if letter.isprintable() else " " for letter in answer).strip()
    return line if len(line) <= 60 else f"{line[:59]}…"
