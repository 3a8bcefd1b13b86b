"""Render templates as HTML and Markdown; untrusted text, such as answers, is escaped in both."""

from __future__ import annotations

from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def page_environment(*, html: bool, package: str = "mma_eval.report") -> Environment:
    """Return the environment of a package's templates, which may include those of the report.

    Args:
        html: render HTML instead of Markdown.
        package: package with a folder `templates`.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("mma_eval.report")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=html,
    )
    environment.filters["cell"] = _markdown_cell
    environment.filters["quoted"] = _markdown_quote
    return environment


_ESCAPES = str.maketrans({**{c: f"\\{c}" for c in "\\|`*_["}, "&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _markdown_cell(text: Any) -> str:
    """Escape text for a cell of a Markdown table.

    >>> _markdown_cell("a|b <script>")
    'a\\\\|b &lt;script&gt;'
    """
    plain = " ".join(str(text).split())
    return plain.translate(_ESCAPES)


def _markdown_quote(text: str) -> str:
    """Fence text as a block of code with more tildes than it contains in a line."""
    fence = "~" * (3 + max((len(run) for run in text.split("\n") if set(run) == {"~"}), default=0))
    return f"{fence}text\n{text}\n{fence}"
