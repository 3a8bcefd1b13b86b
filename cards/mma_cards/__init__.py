"""The cards of what is published: templates, and the words they are filled with. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=PackageLoader("mma_cards"),
    undefined=StrictUndefined,  # a field that a builder forgot is an error, not a blank in a published card
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # Markdown, not HTML
)


def render_card(template: str, fields: Mapping[str, Any]) -> str:
    """A card; the metric's and the Space's with their YAML header, the others' without.

    Args:
        template: name of a file in `templates/`, without `.md.jinja`.
        fields: what its placeholders stand for; one that is missing raises.
    """
    return _TEMPLATES.get_template(f"{template}.md.jinja").render(**fields)
