"""The fourth tab: one screen of text."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader

from mma_bench.benchmark.conditions import CONDITIONS
from mma_space.settings import Settings, shipped
from mma_space.space import Space


def about_tab(space: Space) -> None:
    """Lay the tab out."""
    import gradio as gr

    gr.Markdown(about_text(space.settings), elem_id="about")


def about_text(settings: Settings) -> str:
    """The benchmark's idea, definitions, limits, citation and links, as Markdown."""
    template = Environment(loader=PackageLoader("mma_space"), trim_blocks=True, lstrip_blocks=True).get_template(
        "about.md.jinja"
    )
    return template.render(conditions=CONDITIONS.values(), tiny=shipped(settings.model), links=_links(settings))


def _links(settings: Settings) -> list[tuple[str, str]]:
    hub = "https://huggingface.co"
    named = [
        ("dataset", f"{hub}/datasets/", settings.data),
        ("metric", f"{hub}/spaces/", settings.metric),
        ("model", f"{hub}/", settings.model),
        ("adapter", f"{hub}/", settings.adapter),
    ]
    found = [(title, f"{base}{name}") for title, base, name in named if name and name.count("/") == 1]
    return [("paper", "https://arxiv.org/abs/2511.22826"), *found]
