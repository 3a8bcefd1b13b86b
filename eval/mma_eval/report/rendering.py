"""Render templates as HTML and Markdown; untrusted text, such as answers, is escaped in both."""

import base64
import re
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def page_environment(*, html: bool, package: str = "mma_eval.report") -> Environment:
    """Return the Jinja environment of a package's `templates`, which may include those of the report."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("mma_eval.report")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=html,
    )
    environment.filters |= {
        "cell": _markdown_cell,
        "quoted": _markdown_quote,
        "unbroken": _with_unbroken_intervals,
        "svg": lambda picture: picture.data.decode(),
        "data_uri": lambda picture: _data_uri(picture.data, picture.media_type),
        "video_uri": lambda data: _data_uri(data, "video/mp4"),
    }
    return environment


_ESCAPES = str.maketrans({**{c: f"\\{c}" for c in "\\|`*_["}, "&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _markdown_cell(text: Any) -> str:
    """Escape text for a Markdown table cell.

    >>> _markdown_cell("a|b <script>")
    'a\\\\|b &lt;script&gt;'
    """
    return " ".join(str(text).split()).translate(_ESCAPES)


def _markdown_quote(text: str) -> str:
    """Wrap text in a code fence longer than any line of tildes in the text."""
    fence = "~" * (3 + max((len(run) for run in text.split("\n") if set(run) == {"~"}), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _with_unbroken_intervals(cell: str) -> str:
    """Keep intervals such as [0.80, 0.82] on one line.

    >>> _with_unbroken_intervals("0.81 [0.80, 0.82]")
    '0.81 [0.80,\\xa00.82]'
    """
    return re.sub(r"\[([^\[\]]*), ", "[\\1,\u00a0", cell)


def _data_uri(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
