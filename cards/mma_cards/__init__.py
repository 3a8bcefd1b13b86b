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
    """Render `templates/<template>.md.jinja`; raise a jinja2.UndefinedError if a field is missing.

    Only the templates of the metric and the Space include YAML front matter.
    """
    return _TEMPLATES.get_template(f"{template}.md.jinja").render(**fields)
