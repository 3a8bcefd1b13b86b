"""Draw attention: Cohen's d by layer and by head, one answer token by token, and the layers that decide a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from mma_eval.attention.by_clip import Measure
from mma_eval.attention.effect_size import Separation, separation, separation_values
from mma_eval.attention.lens import CrossingLayers, LensSummary, summarise_lens
from mma_eval.attention.shares import of_last_layer, video_by_head
from mma_eval.report.attention import captions
from mma_eval.report.attention.captions import drawn, gallery
from mma_eval.report.attention.measured import BY_LAYER, BY_LAYER_AND_HEAD, Measured
from mma_eval.report.attention.tables import interval, rounded, spaced
from mma_eval.report.page import Gallery, Picture
from mma_eval.report.pictures.heat_maps import head_map
from mma_eval.report.pictures.lines import Line, Mark, panel
from mma_eval.report.pictures.palette import CURVE_COLOURS, MODALITY_COLOURS
from mma_eval.report.pictures.tokens import token_map

if TYPE_CHECKING:
    from numpy.typing import NDArray

Group = Sequence[Measured]
"""Runs drawn in one picture: a single run, or a base model and its tuned version."""
_SMALL = 0.2
"""A small effect according to Cohen (1988). Axes and colour scales extend at least this far, so that smaller effects
look small."""
_PROMPTS = {"visual": "video", "audio": "audio"}
"""Modality that each question asks about."""
_OTHER = {"visual": "audio", "audio": "video"}
_SEEN = {"video": "picture", "audio": "sound"}


def layer_gallery(groups: Sequence[Group], key: str) -> Gallery:
    """Draw Cohen's d by layer (paper, Figures 9, 10 and 18).

    Args:
        groups: runs to draw in one picture each.
        key: prefix of the pictures' file names.
    """
    pictures = [
        _picture(f"{key}-layers-{number}-{short}.svg", f"{_title(group)}: {words}", group, measure, "layer")
        for number, group in enumerate(groups)
        for short, (words, measure) in BY_LAYER.items()
    ]
    return gallery(captions.BY_LAYER, pictures)


def head_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """Draw Cohen's d by head (paper, Figure 16), and for every head of every layer.

    Args:
        runs: runs on one dataset.
        key: prefix of the pictures' file names.
    """
    pictures = [
        _picture(f"{key}-heads-{number}.svg", f"{run.name}: by head, all layers", [run], video_by_head, "head")
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
    return replace(gallery(captions.BY_HEAD, pictures), side_by_side=len(runs) == 2)


def token_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """Draw the last layer's attention for one answer per question (Figure 19); arguments as in `head_gallery`."""
    return gallery(
        captions.BY_TOKEN, [p for number, run in enumerate(runs) for p in _tokens(run, f"{key}-tokens-{number}")]
    )


def deciding_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """Draw the layers that decide a conflict, by logit lens; arguments as in `head_gallery`."""
    return gallery(
        captions.DECIDED, [p for number, run in enumerate(runs) for p in _lens(run, f"{key}-deciding-{number}")]
    )


@dataclass(frozen=True)
class _Curve:
    """Cohen's d of one run in one condition."""

    name: str
    d: Separation
    colour: str
    dashed: bool

    def line(self) -> Line:
        """Convert to a line; its legend gives the range of clip counts if they vary."""
        present = self.d.places.present
        few = f", {present.min():,} to {present.max():,} clips" if present.min() < present.max() else ""
        return Line(f"{self.name}{few}", self.d.places, self.colour, dashed=self.dashed)

    def in_words(self, by: str) -> str:
        """Describe the curve in words."""
        k = self.d.places.farthest()
        if k is None:
            return f"{self.name}: undefined"
        peak = f"farthest from 0 at {by} {k + 1} with {interval(self.d.places.at(k), digits=2)}"
        return f"{self.name}: mean d {interval(self.d.mean, digits=2)}, {peak}"


def _curves(group: Group, measure: Measure) -> Iterator[_Curve]:
    for run in group:
        for condition in run.curves:
            found = separation(run.select(condition), measure)
            if found is not None:
                name = f"{run.name}, {condition}" if len(group) > 1 else condition
                colour = CURVE_COLOURS["tuned" if run.tuned else "base", condition]
                yield _Curve(name, found, colour, dashed=condition == "misaligned")


def _picture(name: str, title: str, group: Group, measure: Measure, by: Literal["layer", "head"]) -> Picture | None:
    curves = list(_curves(group, measure))
    if not curves:
        return None
    words = "; ".join(curve.in_words(by) for curve in curves)
    lines = [curve.line() for curve in curves]
    y_name = "Cohen's d, visual less audio question"
    return drawn(name, panel(lines, f"{title}. {words}", y_name=y_name, by=by, include=(-_SMALL, _SMALL)), words, title)


def head_map_picture(name: str, title: str, d: NDArray[np.float64], limit: float) -> Picture:
    """Draw Cohen's d of every head, and describe the strongest."""
    layer, head = np.unravel_index(int(np.nanargmax(abs(d))), d.shape)
    words = (
        f"Of {d.size} heads {int((d > _SMALL).sum())} have d above {_SMALL} and {int((d < -_SMALL).sum())} below "
        f"-{_SMALL}; farthest from 0 is head {head + 1} of layer {layer + 1}, with {rounded(d[layer, head], 2)}."
    )
    return drawn(name, head_map(d, limit, f"{title}. {words}"), words, title)


def _title(group: Group) -> str:
    return " and ".join(run.name for run in group)


def _tokens(run: Measured, key: str) -> Iterator[Picture]:
    for prompt in _PROMPTS:
        first = min(run.select(run.example, prompt), key=lambda a: a.id, default=None)
        if first is None:
            continue
        attention = run.with_heat_map(first)
        shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in of_last_layer(attention).items())
        answer = _brief(attention.answer)
        words = f"Row {attention.id}, {prompt} question, answered {answer}: {shares} of the last layer's attention."
        title = f"{run.name}: {prompt} question about {attention.id}, answered “{answer}”"
        yield drawn(f"{key}-{prompt}.svg", token_map(attention, words), words, title)


def _lens(run: Measured, key: str) -> Iterator[Picture]:
    for condition in run.conditions:
        for prompt in _PROMPTS:
            found = summarise_lens(run.select(condition, prompt))
            if found is not None:
                title, words = f"{run.name}: {spaced(condition)}, {prompt} question", _lens_in_words(found)
                yield drawn(f"{key}-{condition}-{prompt}.svg", _panel(found, prompt, f"{title}. {words}"), words, title)


def _panel(found: LensSummary, prompt: str, description: str) -> str:
    asked, other = _PROMPTS[prompt], _OTHER[prompt]
    lines = [
        Line(f"class of the {_SEEN[asked]} (right)", found.reference, MODALITY_COLOURS[asked]),
        Line(f"class of the {_SEEN[other]}", found.other, MODALITY_COLOURS[other], dashed=True),
    ]
    marks = [
        Mark(f"{words} ({_counted(of)})", of.layer, MODALITY_COLOURS[modality])
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
    parts = [
        f"{of.answers:,} answers {what}" + ("" if of.layer is None else f", {_place(of)}")
        for of, what in ((found.grounded, "are right"), (found.other_modality, "name the other modality's class"))
    ]
    parts.append(f"{found.rest:,} name neither")
    if found.same_first_token:
        parts.append(f"{found.same_first_token:,} are left out, for their two classes begin with the same token")
    return "; ".join(parts)


def _place(found: CrossingLayers) -> str:
    assert found.layer is not None
    which = "" if found.read == found.answers else f" in the {found.read:,} whose class ends higher"
    return f"decided at layer {interval(found.layer)}{which}"


def _brief(answer: str) -> str:
    """Shorten an answer to one line of printable characters."""
    line = "".join(letter if letter.isprintable() else " " for letter in answer).strip()
    return line if len(line) <= 60 else f"{line[:59]}…"
