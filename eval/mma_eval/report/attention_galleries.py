"""Attention in pictures, each kind with what it shows and what it cannot show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from mma_eval.attention.by_clip import Measure
from mma_eval.attention.deciding import Deciding, deciding
from mma_eval.attention.effect_size import separation, separation_values
from mma_eval.attention.pictures.heads import head_map
from mma_eval.attention.pictures.lines import Line, Mark, panel
from mma_eval.attention.pictures.tokens import token_map
from mma_eval.attention.record import MODALITIES, Records
from mma_eval.attention.shares import of_all_by_layer, video_by_head, video_by_layer, video_by_layer_and_head
from mma_eval.report.attention_captions import BY_HEAD, BY_LAYER, BY_TOKEN, DECIDED, Words
from mma_eval.report.attention_tables import Measured, interval
from mma_eval.report.page import Gallery, Picture

_VIDEO, _AUDIO = MODALITIES.index("video"), MODALITIES.index("audio")
Group = Sequence[Measured]
"""Runs in one picture: one, or a base and a tuned one."""
_COLOURS = {
    (0, "aligned"): "#0072b2", (0, "misaligned"): "#d55e00",
    (1, "aligned"): "#009e73", (1, "misaligned"): "#b86fa0",
}  # fmt: skip
"""Okabe and Ito's, told apart by people who do not see red and green apart; by run and condition."""
_BY_LAYER: Mapping[str, tuple[str, Measure]] = {
    "rule": ("video among video and audio", video_by_layer),
    "video": ("video among all tokens", lambda record: of_all_by_layer(record)[:, _VIDEO]),
    "audio": ("audio among all tokens", lambda record: of_all_by_layer(record)[:, _AUDIO]),
}
_EVERY_HEAD: Mapping[str, tuple[str, Measure]] = {
    "rule": ("video among video and audio", video_by_layer_and_head),
    "video": ("video among all tokens", lambda record: record.shares[..., _VIDEO].astype(float)),
    "audio": ("audio among all tokens", lambda record: record.shares[..., _AUDIO].astype(float)),
}
_SMALL = 0.2
"""What Cohen (1988) calls a small effect: pictures reach at least so far, so that nothing looks like something."""
_RIGHT, _OTHER = "#009e73", "#d55e00"


def layer_gallery(groups: Sequence[Group], key: str) -> Gallery:
    """Cohen's d by layer (paper, Figures 9, 10 and 18).

    Args:
        groups: of runs that share a picture.
        key: begins the names of the pictures' files.
    """
    pictures = [
        _picture(f"{key}-layers-{number}-{short}.svg", f"{_title(group)}: {words}", _lines(group, measure), "layer")
        for number, group in enumerate(groups)
        for short, (words, measure) in _BY_LAYER.items()
    ]
    return _gallery(BY_LAYER, pictures)


def head_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """Cohen's d by head (paper, Figure 16), and of every head in every layer. Arguments as of `layer_gallery`."""
    pictures: list[Picture | None] = []
    for number, run in enumerate(runs):
        pictures.append(
            _picture(
                f"{key}-heads-{number}.svg", f"{run.name}: by head, all layers", _lines([run], video_by_head), "head"
            )
        )
        condition = (_curves(run) or run.conditions)[-1]
        for short, (words, measure) in _EVERY_HEAD.items():
            title = f"{run.name}: {words}, every head, {condition.replace('_', ' ')}"
            pictures.append(_head_map(f"{key}-heads-{number}-{short}.svg", title, run.of(condition), measure))
    return _gallery(BY_HEAD, pictures)


def token_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """Where one answer looks in the last layer (paper, Figure 19). Arguments as of `layer_gallery`."""
    pictures = []
    for number, run in enumerate(runs):
        condition = (_curves(run) or run.conditions)[-1]
        for prompt in ("visual", "audio"):
            record = min(run.of(condition, prompt), key=lambda r: r.id, default=None)
            if record is None:
                continue
            paid = record.last_layer.mean(0, dtype=float)
            shares = {name: paid[record.keys == k].sum() / paid.sum() for k, name in enumerate(MODALITIES)}
            said = (
                f"Row {record.id}, {prompt} question, answered {_brief(record.answer)}: "
                + ", ".join(f"{name} {100 * share:.1f} %" for name, share in shares.items())
                + " of the last layer's attention."
            )
            title = f"{run.name}: {prompt} question about {record.id}, answered “{_brief(record.answer)}”"
            pictures.append(_svg(f"{key}-tokens-{number}-{prompt}.svg", token_map(record, said), said, title))
    return _gallery(BY_TOKEN, pictures)


def deciding_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """At which layer a conflict is decided, by the logit lens. Arguments as of `layer_gallery`."""
    pictures = []
    for number, run in enumerate(runs):
        for condition in run.conditions:
            for prompt in ("visual", "audio"):
                found = deciding(run.of(condition, prompt))
                if found is not None:
                    title = f"{run.name}: {condition.replace('_', ' ')}, {prompt} question"
                    svg = _decided(found, f"{title}. {_decided_said(found)}")
                    name = f"{key}-deciding-{number}-{condition}-{prompt}.svg"
                    pictures.append(_svg(name, svg, _decided_said(found), title))
    return _gallery(DECIDED, pictures)


def _gallery(words: Words, pictures: Sequence[Picture | None]) -> Gallery:
    there = [picture for picture in pictures if picture is not None]
    return Gallery(words.title, there, words.shows, words.cannot_show, words.wide)


def _lines(group: Group, measure: Measure) -> list[Line]:
    lines = []
    for number, run in enumerate(group):
        for condition in _curves(run):
            found = separation(run.of(condition), measure)
            if found is not None:
                name = f"{run.name}, {condition}" if len(group) > 1 else condition
                colour = _COLOURS[number, condition]
                lines.append(Line(name, found.places, colour, dashed=condition == "misaligned"))
    return lines


def _picture(name: str, title: str, lines: Sequence[Line], by: Literal["layer", "head"]) -> Picture | None:
    if not lines:
        return None
    said = "; ".join(_line_said(line, by) for line in lines)
    y_name = "Cohen's d, visual less audio question"
    svg = panel(lines, f"{title}. {said}", y_name=y_name, by=by, in_sight=(-_SMALL, _SMALL))
    return _svg(name, svg, said, title)


def _line_said(line: Line, by: str) -> str:
    value = line.numbers.value
    if np.isnan(value).all():
        return f"{line.name}: undefined"
    k = int(np.nanargmax(abs(value)))
    return f"{line.name}: mean d {np.nanmean(value):.2f}, farthest from 0 at {by} {k + 1} with {value[k]:.2f}"


def _decided(found: Deciding, said: str) -> str:
    lines = [Line("right class", found.reference, _RIGHT), Line("other's class", found.other, _OTHER, dashed=True)]
    marks = [
        Mark(f"{words} ({count})", at, colour)
        for words, count, at, colour in (
            ("right one wins", found.answers_won, found.won, _RIGHT),
            ("other one wins", found.answers_lost, found.lost, _OTHER),
        )
        if at is not None
    ]
    return panel(lines, said, y_name="log-probability of the class's first token", marks=marks)


def _decided_said(found: Deciding) -> str:
    ends = (("right", found.answers_won, found.won), ("with the other's class", found.answers_lost, found.lost))
    parts = [f"{n} answers end {how}, decided at layer {interval(at)}" for how, n, at in ends if at is not None]
    return "; ".join(parts) or "neither class is higher in the last layer"


def _head_map(name: str, title: str, records: Records, measure: Measure) -> Picture | None:
    d = separation_values(records, measure)
    if d is None or np.isnan(d).all():
        return None
    layer, head = np.unravel_index(int(np.nanargmax(abs(d))), d.shape)
    said = (
        f"Of {d.size} heads {int((d > _SMALL).sum())} have d above {_SMALL} and {int((d < -_SMALL).sum())} below "
        f"-{_SMALL}; farthest from 0 is head {head + 1} of layer {layer + 1}, with {d[layer, head]:.2f}."
    )
    limit = max(float(np.nanmax(abs(d))), _SMALL)
    return _svg(name, head_map(d, limit, f"{title}. {said}"), said, title)


def _curves(run: Measured) -> list[str]:
    return [c for c in ("aligned", "misaligned") if c in run.conditions]


def _title(group: Group) -> str:
    return " and ".join(run.name for run in group)


def _brief(answer: str) -> str:
    """Of an answer so much as fits a line, without what an XML file must not hold."""
    line = "".join(letter if letter.isprintable() else " " for letter in answer).strip()
    return line if len(line) <= 60 else f"{line[:59]}…"


def _svg(name: str, svg: str, said: str, title: str) -> Picture:
    return Picture(name, svg.encode(), "image/svg+xml", said, title)
