"""Card templates for published artefacts, and the numbers that the paper reports."""

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
    """Render a card template. Only the metric and Space templates include YAML front matter.

    Args:
        template: name of a file in `templates/`, without `.md.jinja`.
        fields: value of each placeholder.

    Raises:
        jinja2.UndefinedError: a field is missing.
    """
    return _TEMPLATES.get_template(f"{template}.md.jinja").render(**fields)
