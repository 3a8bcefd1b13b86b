"""Metadata that the Hub reads and validates: the YAML header of README.md, and eval.yaml."""

import re
from typing import Any

import yaml

COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
SDKS = ("gradio", "docker", "static", "streamlit")


def card_data(readme: str) -> dict[str, Any]:
    """Parse the YAML header of a card; empty if it cannot be parsed."""
    try:
        return _mapping(_front_matter(readme) or "{}")
    except ValueError:
        return {}


def objections_to_card(readme: str, kind: str) -> list[str]:
    """List the errors in a card, as the Hub reports them before an upload.

    >>> objections_to_card("---\\ntags: 3\\n---", "model")
    ['"tags" must be an array of strings']
    """
    try:
        data = _mapping(_front_matter(readme) or "{}")
    except ValueError as unreadable:
        return [str(unreadable)]
    errors = []
    tags = data.get("tags") or []
    if not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        errors.append('"tags" must be an array of strings')
    if kind == "space":
        for name, allowed in (("colorFrom", COLORS), ("colorTo", COLORS), ("sdk", SDKS)):
            if name in data and data[name] not in allowed:
                errors.append(f'"{name}" must be one of [{", ".join(allowed)}]')
        if len(str(data.get("short_description", ""))) > 60:
            errors.append('"short_description" length must be less than or equal to 60 characters long')
    return errors


FRAMEWORKS = ("inspect-ai", "harbor", "mteb")
"""A selection from the Hub's list (huggingface.js, packages/tasks/src/eval.ts)."""


def objections_to_benchmark(eval_yaml: bytes) -> list[str]:
    """List the errors in a dataset's eval.yaml, as the Hub reports them on a push.

    Whether it must name a framework the Hub's documentation does not say; one that is named must be on its list.

    >>> for told in objections_to_benchmark(b"name: x\\nevaluation_framework: mine\\ntasks: [{config: z}]"):
    ...     print(told)
    "description" is required
    "evaluation_framework" must be one of [inspect-ai, harbor, mteb]
    "tasks[0].id" is required
    """
    try:
        data = _mapping(eval_yaml)
    except ValueError as unreadable:
        return [str(unreadable)]
    errors = [f'"{name}" is required' for name in ("name", "description") if not data.get(name)]
    if data.get("evaluation_framework", FRAMEWORKS[0]) not in FRAMEWORKS:
        errors.append(f'"evaluation_framework" must be one of [{", ".join(FRAMEWORKS)}]')
    tasks = data.get("tasks")
    if not (isinstance(tasks, list) and tasks):
        return [*errors, '"tasks" must be an array of at least one task']
    named = [isinstance(task, dict) and bool(task.get("id")) for task in tasks]
    return errors + [f'"tasks[{n}].id" is required' for n, has_id in enumerate(named) if not has_id]


def _front_matter(readme: str) -> str | None:
    found = re.match(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|$)", readme, re.DOTALL)
    return found[1] if found else None


def _mapping(text: str | bytes) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as broken:
        raise ValueError(f"Invalid YAML: {broken}") from broken
    if not isinstance(data, dict):
        raise ValueError("YAML metadata must be a mapping")
    return data
