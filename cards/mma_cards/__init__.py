"""The cards of everything that is published, as templates, and the numbers that the paper reports."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=PackageLoader("mma_cards"),
    undefined=StrictUndefined,  # a missing field raises instead of leaving a blank in a published card
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # Markdown, not HTML
)


def render_card(template: str, fields: Mapping[str, object]) -> str:
    """Fill in the template of a card. Only the templates of the metric and the Space include the YAML header.

    Args:
        template: name of a file in `templates/`, without `.md.jinja`.
        fields: values of all placeholders.

    Raises:
        jinja2.UndefinedError: a field is missing.
    """
    return _TEMPLATES.get_template(f"{template}.md.jinja").render(**fields)
