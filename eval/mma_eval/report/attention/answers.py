"""Answers in pictures: where one looks, and at which layer those to a conflict are decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mma_eval.attention.deciding import Decided, Deciding, deciding
from mma_eval.attention.shares import of_last_layer
from mma_eval.report.attention.captions import BY_TOKEN, DECIDED, drawn, gallery
from mma_eval.report.attention.numbers import interval, spaced
from mma_eval.report.attention.runs import Measured
from mma_eval.report.page import Gallery, Picture
from mma_eval.report.pictures.lines import Line, Mark, panel
from mma_eval.report.pictures.palette import MODALITY_COLOURS
from mma_eval.report.pictures.tokens import token_map

_PROMPTS = {"visual": "video", "audio": "audio"}
"""The questions, with the modality that each asks about."""
_OTHER = {"visual": "audio", "audio": "video"}
_SEEN = {"video": "picture", "audio": "sound"}


def token_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """Where one answer looks in the last layer (paper, Figure 19).

    Args:
        runs: on one dataset.
        key: begins the names of the pictures' files.
    """
    return gallery(BY_TOKEN, [p for number, run in enumerate(runs) for p in _tokens(run, f"{key}-tokens-{number}")])


def deciding_gallery(runs: Sequence[Measured], key: str) -> Gallery:
    """At which layer a conflict is decided, by the logit lens. Arguments as of `token_gallery`."""
    return gallery(DECIDED, [p for number, run in enumerate(runs) for p in _lens(run, f"{key}-deciding-{number}")])


def _tokens(run: Measured, key: str) -> Iterator[Picture]:
    for prompt in _PROMPTS:
        first = min(run.of(run.example, prompt), key=lambda r: r.id, default=None)
        if first is None:
            continue
        record = run.whole(first)
        shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in of_last_layer(record).items())
        answer = _brief(record.answer)
        said = f"Row {record.id}, {prompt} question, answered {answer}: {shares} of the last layer's attention."
        title = f"{run.name}: {prompt} question about {record.id}, answered “{answer}”"
        yield drawn(f"{key}-{prompt}.svg", token_map(record, said), said, title)


def _lens(run: Measured, key: str) -> Iterator[Picture]:
    for condition in run.conditions:
        for prompt in _PROMPTS:
            found = deciding(run.of(condition, prompt))
            if found is not None:
                title, said = f"{run.name}: {spaced(condition)}, {prompt} question", _said(found)
                yield drawn(f"{key}-{condition}-{prompt}.svg", _panel(found, prompt, f"{title}. {said}"), said, title)


def _panel(found: Deciding, prompt: str, said: str) -> str:
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
    return panel(lines, said, y_name="log-probability of the class's first token", marks=marks)


def _counted(found: Decided) -> str:
    return f"{found.read:,}" if found.read == found.answers else f"{found.read:,} of {found.answers:,}"


def _said(found: Deciding) -> str:
    parts = [
        f"{of.answers:,} answers {what}" + ("" if of.layer is None else f", {_place(of)}")
        for of, what in ((found.grounded, "are right"), (found.other_modality, "name the other modality's class"))
    ]
    parts.append(f"{found.rest:,} name neither")
    if found.alike:
        parts.append(f"{found.alike:,} are left out, for their two classes begin with the same token")
    return "; ".join(parts)


def _place(found: Decided) -> str:
    assert found.layer is not None
    which = "" if found.read == found.answers else f" in the {found.read:,} whose class ends higher"
    return f"decided at layer {interval(found.layer)}{which}"


def _brief(answer: str) -> str:
    """Of an answer so much as fits a line, without what an XML file must not hold."""
    line = "".join(letter if letter.isprintable() else " " for letter in answer).strip()
    return line if len(line) <= 60 else f"{line[:59]}…"
