"""Cohen's d in pictures: by layer, and by head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from mma_eval.attention.by_clip import Measure
from mma_eval.attention.effect_size import Separation, separation, separation_values
from mma_eval.attention.shares import video_by_head
from mma_eval.report.attention import captions as words_of
from mma_eval.report.attention.captions import drawn, gallery
from mma_eval.report.attention.measures import BY_LAYER, BY_LAYER_AND_HEAD
from mma_eval.report.attention.numbers import at, farthest, interval, rounded, spaced
from mma_eval.report.attention.runs import Measured
from mma_eval.report.page import Gallery, Picture
from mma_eval.report.pictures.heads import head_map
from mma_eval.report.pictures.lines import Line, panel
from mma_eval.report.pictures.palette import CURVE_COLOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

Group = Sequence[Measured]
"""Runs in one picture: one, or a base and a tuned one."""
_SMALL = 0.2
"""What Cohen (1988) calls a small effect: pictures reach at least so far, so that nothing looks like something."""


def layer_gallery(groups: Sequence[Group], key: str) -> Gallery:
    """Cohen's d by layer (paper, Figures 9, 10 and 18).

    Args:
        groups: of runs that share a picture.
        key: begins the names of the pictures' files.
    """
    pictures = [
        _picture(f"{key}-layers-{number}-{short}.svg", f"{_title(group)}: {words}", group, measure, "layer")
        for number, group in enumerate(groups)
        for short, (words, measure) in BY_LAYER.items()
    ]
    return gallery(words_of.BY_LAYER, pictures)


def head_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """Cohen's d by head (paper, Figure 16), and of every head in every layer. Arguments as of `layer_gallery`."""
    pictures = [
        _picture(f"{key}-heads-{number}.svg", f"{run.name}: by head, all layers", [run], video_by_head, "head")
        for number, run in enumerate(runs)
    ]
    for short, (words, measure) in BY_LAYER_AND_HEAD.items():
        found = [separation_values(run.of(run.example), measure) for run in runs]
        there = [None if d is None or np.isnan(d).all() else d for d in found]
        limit = max([_SMALL, *(float(np.nanmax(abs(d))) for d in there if d is not None)])
        pictures += [
            head_map_picture(
                f"{key}-heads-{k}-{short}.svg", f"{run.name}: {words}, every head, {spaced(run.example)}", d, limit
            )
            for k, (run, d) in enumerate(zip(runs, there, strict=True))
            if d is not None
        ]
    return replace(gallery(words_of.BY_HEAD, pictures), side_by_side=len(runs) == 2)


@dataclass(frozen=True)
class _Curve:
    """Cohen's d of one run in one condition."""

    name: str
    d: Separation
    colour: str
    dashed: bool

    def line(self) -> Line:
        """As it is drawn; the legend says where some clips say nothing."""
        there = self.d.places.there
        few = f", {there.min():,} to {there.max():,} clips" if there.min() < there.max() else ""
        return Line(f"{self.name}{few}", self.d.places, self.colour, dashed=self.dashed)

    def said(self, by: str) -> str:
        """In words."""
        k = farthest(self.d.places)
        if k is None:
            return f"{self.name}: undefined"
        peak = f"farthest from 0 at {by} {k + 1} with {interval(at(self.d.places, k), digits=2)}"
        return f"{self.name}: mean d {interval(self.d.mean, digits=2)}, {peak}"


def _curves(group: Group, measure: Measure) -> Iterator[_Curve]:
    for run in group:
        for condition in run.curves:
            found = separation(run.of(condition), measure)
            if found is not None:
                name = f"{run.name}, {condition}" if len(group) > 1 else condition
                colour = CURVE_COLOURS["tuned" if run.tuned else "base", condition]
                yield _Curve(name, found, colour, dashed=condition == "misaligned")


def _picture(name: str, title: str, group: Group, measure: Measure, by: Literal["layer", "head"]) -> Picture | None:
    curves = list(_curves(group, measure))
    if not curves:
        return None
    said = "; ".join(curve.said(by) for curve in curves)
    lines = [curve.line() for curve in curves]
    y_name = "Cohen's d, visual less audio question"
    return drawn(name, panel(lines, f"{title}. {said}", y_name=y_name, by=by, in_sight=(-_SMALL, _SMALL)), said, title)


def head_map_picture(name: str, title: str, d: NDArray[np.float64], limit: float) -> Picture:
    """Cohen's d of every head, with what is strongest in words."""
    layer, head = np.unravel_index(int(np.nanargmax(abs(d))), d.shape)
    said = (
        f"Of {d.size} heads {int((d > _SMALL).sum())} have d above {_SMALL} and {int((d < -_SMALL).sum())} below "
        f"-{_SMALL}; farthest from 0 is head {head + 1} of layer {layer + 1}, with {rounded(d[layer, head], 2)}."
    )
    return drawn(name, head_map(d, limit, f"{title}. {said}"), said, title)


def _title(group: Group) -> str:
    return " and ".join(run.name for run in group)
