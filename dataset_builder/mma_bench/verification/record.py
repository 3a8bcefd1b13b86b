"""What a dataset says of how its clips were verified: the judge, its yes rates, and how far people agreed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mma_bench.errors import SourceError
from mma_bench.verification.agreement import Agreement
from mma_bench.verification.checks_file import CHECKS

VERIFICATION = ("checks", "consensus")
"""Of a manifest's notes, by the step that wrote it."""

_OF_THE_MACHINE = ("server",)
"""Of a judge's description: where it was asked, which is nobody's business."""


def public_notes(notes: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest's notes as they are published with a dataset: without the address of a judge."""
    checks = notes.get("checks")
    if not isinstance(checks, dict) or not isinstance(checks.get("model"), dict):
        return dict(notes)
    model = {name: value for name, value in checks["model"].items() if name not in _OF_THE_MACHINE}
    return {**notes, "checks": {**checks, "model": model}}


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


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 1)
