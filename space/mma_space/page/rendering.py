"""HTML of what was found; colours follow the page, in light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from mma_bench.benchmark.prompts import PROMPTS, Prompt
from mma_eval.report.pictures.charts import in_words, stacked_bars
from mma_eval.scoring.results import Result, footnotes
from mma_space.answering.matrix import MatrixRow
from mma_space.answering.model_pair import Voices
from mma_space.answering.probing import Probed
from mma_space.clips.made_clip import MadeClip
from mma_space.clips.share import with_prompt

_SENSES: Mapping[Prompt, str] = {"visual": "picture", "audio": "sound"}


def facts_html(made: MadeClip) -> str:
    """What a clip shows and sounds like after what was done to it."""
    return _template("facts").render(made=made)


def answers_html(probed: Probed, voices: Voices, focus: Prompt | None = None) -> str:
    """Both questions with every voice's answer, verdict and option probabilities.

    Args:
        probed: what was found.
        voices: for their titles.
        focus: the question that a link points at.
    """
    return _template("answers").render(
        probed=probed, prompts=PROMPTS, senses=_SENSES, voices=voices, focus=focus, link=with_prompt, ranked=_ranked
    )


def hint_html(said: str) -> str:
    """A sentence where answers will be."""
    return f'<p class="mma-hint">{escape(said)}</p>'


def matrix_html(rows: Sequence[MatrixRow], voices: Voices, title: str) -> str:
    """Conditions x questions x voices of the clip that the title names."""
    return _template("matrix").render(rows=rows, prompts=PROMPTS, senses=_SENSES, voices=voices, title=title)


def accuracy_html(results: Sequence[Result]) -> str:
    """A bar per result; those on different clips apart, since they are not to be ranked together."""
    clips = dict.fromkeys(r.clips for r in results)
    return _template("accuracy").render(groups={c: [r for r in results if r.clips == c] for c in clips})


def followed_html(results: Sequence[Result]) -> str:
    """Who was followed, of those results that tell."""
    telling = [r for r in results if r.outcomes]
    if not telling:
        return "<p>The paper reports accuracies only, and there is no run here that tells who was followed.</p>"
    several = len({(r.condition, r.prompt) for r in telling}) > 1
    bars = [(f"{r.model}: {r.condition}, {r.prompt}" if several else r.model, r.outcomes) for r in telling]
    return _template("followed").render(chart=Markup(stacked_bars(bars, "Who was followed")), words=in_words(bars))


def footnotes_html(results: Sequence[Result]) -> str:
    """What contradicts some of the numbers."""
    return _template("footnotes").render(notes=footnotes(results))


def _ranked(probabilities: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(probabilities.items(), key=lambda option: -option[1])


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("mma_space"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["said"] = lambda name: name.replace("_", " ")
    return environment.get_template(f"{name}.html.jinja")
