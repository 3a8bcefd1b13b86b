"""Cards: the YAML at the top of README.md, and what the Hub has against it."""

from __future__ import annotations

import re
from typing import Any

import yaml

COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
SDKS = ("gradio", "docker", "static", "streamlit")


def front_matter(readme: str) -> str | None:
    """The YAML between the two lines of dashes, if there is any."""
    found = re.match(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|$)", readme, re.DOTALL)
    return found[1] if found else None


def card_data(readme: str) -> dict[str, Any]:
    """What the card says; nothing if it cannot be read."""
    try:
        data = yaml.safe_load(front_matter(readme) or "")
    except yaml.YAMLError:
        return {}
    return data if isinstance(data, dict) else {}


def objections(readme: str, kind: str) -> tuple[list[str], list[str]]:
    """Errors and warnings, as the Hub tells them before an upload.

    >>> objections("---\\ntags: [a\\n---", "model")[0][0][:20]
    'Invalid YAML: while '
    """
    written = front_matter(readme)
    if written is None:
        return [], ["empty or missing yaml metadata in repo card"]
    try:
        data = yaml.safe_load(written)
    except yaml.YAMLError as broken:
        return [f"Invalid YAML: {broken}"], []
    if not isinstance(data, dict):
        return ["YAML metadata must be a mapping"], []
    return _against(data, kind), []


def _against(data: dict[str, Any], kind: str) -> list[str]:
    errors = []
    tags = data.get("tags")
    if tags is not None and not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        errors.append('"tags" must be an array of strings')
    if kind == "space":
        for name, allowed in (("colorFrom", COLORS), ("colorTo", COLORS), ("sdk", SDKS)):
            if name in data and data[name] not in allowed:
                errors.append(f'"{name}" must be one of [{", ".join(allowed)}]')
        if len(str(data.get("short_description", ""))) > 60:
            errors.append('"short_description" length must be less than or equal to 60 characters long')
    return errors
