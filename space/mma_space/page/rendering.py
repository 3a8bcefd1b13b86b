"""Render answers, matrices and results as HTML, in the colours of the page's light or dark theme."""

from collections.abc import Mapping, Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from mma_bench.benchmark.prompts import PROMPTS, Prompt
from mma_eval.report.pictures.charts import in_words, stacked_bars
from mma_eval.scoring.results import Result, footnotes
from mma_space.answering.model_pair import ModelPair
from mma_space.answering.probing import MatrixRow, Probed
from mma_space.clips.made_clip import MadeClip

_SENSES: Mapping[Prompt, str] = {"visual": "picture", "audio": "sound"}


def facts_html(made: MadeClip) -> str:
    """Render a clip's visual and audio classes, and the distractors in the text of its questions."""
    return _template("facts").render(made=made)


def answers_html(probed: Probed, models: ModelPair, focus: Prompt | None = None) -> str:
    """Render both questions with each model's answer, verdict and probabilities; highlight the prompt `focus`."""
    return _template("answers").render(probed=probed, prompts=PROMPTS, senses=_SENSES, models=models, focus=focus)


def hint_html(sentence: str) -> str:
    """Render a sentence as a hint that takes the place of answers."""
    return f'<p class="mma-hint">{escape(sentence)}</p>'


def matrix_html(rows: Sequence[MatrixRow], models: ModelPair, title: str) -> str:
    """Render the matrix of a clip: a row per condition, a column per question and model."""
    return _template("matrix").render(rows=rows, prompts=PROMPTS, senses=_SENSES, models=models, title=title)


def accuracy_html(results: Sequence[Result]) -> str:
    """Render a bar per result; group them by dataset, since results on different clips must not be compared."""
    clips = dict.fromkeys(r.clips for r in results)
    return _template("accuracy").render(groups={c: [r for r in results if r.clips == c] for c in clips})


def followed_html(results: Sequence[Result]) -> str:
    """Render the shares of outcomes as a stacked bar per result; skip results without outcomes."""
    with_outcomes = [r for r in results if r.outcomes]
    if not with_outcomes:
        return "<p>The paper reports accuracies only, and there is no run here that tells who was followed.</p>"
    several = len({(r.condition, r.prompt) for r in with_outcomes}) > 1
    bars = [(f"{r.model}: {r.condition}, {r.prompt}" if several else r.model, r.outcomes) for r in with_outcomes]
    return _template("followed").render(chart=Markup(stacked_bars(bars, "Who was followed")), words=in_words(bars))


def footnotes_html(results: Sequence[Result]) -> str:
    """Render the footnotes that the results refer to."""
    return _template("footnotes").render(notes=footnotes(results))


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("mma_space"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["spoken"] = lambda name: name.replace("_", " ")
    return environment.get_template(f"{name}.html.jinja")
