"""Templates of pages as HTML and as Markdown: other people's text stays text in both."""

from __future__ import annotations

from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def page_environment(*, html: bool, package: str = "mma_eval.report") -> Environment:
    """The templates of a package; they may include those of the report.

    Args:
        html: whether what they make is HTML.
        package: that has a folder `templates`.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("mma_eval.report")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=html,  # answers are other people's text
    )
    environment.filters["cell"] = _markdown_cell
    environment.filters["quoted"] = _markdown_quote
    return environment


def _markdown_cell(text: Any) -> str:
    """Text that stays text inside a Markdown table.

    >>> _markdown_cell("a|b <script>")
    'a\\\\|b &lt;script&gt;'
    """
    plain = " ".join(str(text).split())
    for character, escaped in (
        ("\\", "\\\\"),
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("|", "\\|"),
        ("`", "\\`"),
    ):
        plain = plain.replace(character, escaped)
    return plain.replace("*", "\\*").replace("_", "\\_").replace("[", "\\[")


def _markdown_quote(text: str) -> str:
    """Text as a block of code, whatever is in it."""
    fence = "~" * (3 + max((len(run) for run in text.split("\n") if set(run) == {"~"}), default=0))
    return f"{fence}text\n{text}\n{fence}"
