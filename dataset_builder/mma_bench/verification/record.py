"""What a dataset says of how its clips were verified: the judge, its yes rates, and how far people agreed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mma_bench.core.errors import SourceError
from mma_bench.verification.agreement import Agreement
from mma_bench.verification.checks_file import CHECKS

VERIFICATION = ("checks", "consensus")
"""Of a manifest's notes, by the step that wrote it."""

_OF_THE_MACHINE = ("server",)
"""Of a judge's description: where it was asked, which is nobody's business."""
_MAY_BE_PATHS = ("name", "base")
_PATH = re.compile(r"[/\\.~]|[A-Za-z]:[/\\]")
"""How a path begins; a name on the Hub never does."""


def public_notes(notes: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest's notes as they are published with a dataset: nothing of the machine, nothing that does not hold.

    A judge loses its address, and the folder that it or its adapter was loaded from. What people agreed on goes where
    the funnel has lost the step: clips that were checked anew are others than they voted on.
    """
    public = dict(notes)
    checks, funnel = notes.get("checks"), notes.get("funnel")
    if isinstance(checks, dict) and isinstance(checks.get("model"), dict):
        public["checks"] = {**checks, "model": _public_model(checks["model"])}
    if isinstance(funnel, dict) and not any(step.get("name") == "verified" for step in funnel.get("steps", [])):
        public.pop("consensus", None)
    return public


def _public_model(model: Mapping[str, Any]) -> dict[str, Any]:
    """The description of a judge, or of its adapter."""
    public = {name: value for name, value in model.items() if name not in _OF_THE_MACHINE}
    public |= {name: _without_folder(public[name]) for name in _MAY_BE_PATHS if isinstance(public.get(name), str)}
    if isinstance(public.get("adapter"), dict):
        public["adapter"] = _public_model(public["adapter"])
    return public


def _without_folder(name: str) -> str:
    if not _PATH.match(name):
        return name
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    return "a folder" if last.startswith("~") or not last.strip(".") else last


def verification_record(notes: Mapping[str, Any], file: str) -> dict[str, Any] | None:
    """What build.json keeps of a manifest's notes; None where nothing was verified.

    Args:
        notes: of the manifest.
        file: that it was read from, for messages.

    Returns:
        "checks", with the judge (`model`), its yes rates and what they say of it, and "consensus", each None where that
        was not done.

    Raises:
        SourceError: the notes hold something else.
    """
    public = public_notes(notes)
    found = {step: public.get(step) for step in VERIFICATION}
    try:
        if found["checks"]:
            judge_name(found)
            yes_rates(found)
            easy_classes(found)
        if found["consensus"]:
            consensus_agreement(found)
    except (LookupError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{file}: its notes on how the clips were verified cannot be read ({error}); make it anew with `mma-bench "
            "check` or `mma-bench consensus`"
        ) from error
    return found if any(found.values()) else None


def consensus_agreement(record: Mapping[str, Any]) -> Agreement:
    """How far the annotators agreed on pass and fail."""
    fields = record["consensus"]["agreement"]
    return Agreement(**{**fields, "interval": fields["interval"] and tuple(fields["interval"])})


def judge_name(record: Mapping[str, Any]) -> str:
    """What the judge of a verification is called: the model, and its adapter.

    >>> judge_name({"checks": {"model": {"name": "Qwen/Qwen2.5-Omni-7B", "revision": "ae9e1690"}}})
    'Qwen/Qwen2.5-Omni-7B'
    """
    model = record["checks"]["model"]
    adapter = (model.get("adapter") or {}).get("name")
    name = str(model.get("name") or model.get("class") or "a model")
    return f"{name} with {adapter}" if adapter else name


def yes_rates(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row per check: how often the answer was yes, to clips' own classes and to wrong ones, in %; None where unknown.

    >>> rates = {"visual_alone": {"right": {"rate": 0.9}, "wrong": {"rate": 0.05}}}
    >>> yes_rates({"checks": {"rates": rates}})
    [{'check': 'visual alone', 'right': 90.0, 'wrong': 5.0}]
    """
    rates = record["checks"].get("rates", {})
    return [
        {
            "check": check.replace("_", " "),
            **{kind: _percent(rates[check][kind]["rate"]) for kind in ("right", "wrong")},
        }
        for check in CHECKS
        if check in rates
    ]


def easy_classes(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row per check with the classes to which the judge says yes too easily in it; none for checks without any.

    >>> easy_classes({"checks": {"judgement": {"classes": {"Cat": ["audio_alone"], "Dog": ["audio_alone"]}}}})
    [{'check': 'audio alone', 'classes': ['Cat', 'Dog']}]
    """
    named = (record["checks"].get("judgement") or {}).get("classes") or {}
    by_check = {check: [name for name, checks in named.items() if check in checks] for check in CHECKS}
    return [{"check": check.replace("_", " "), "classes": names} for check, names in by_check.items() if names]


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 1)
