"""Record clip verification in manifests and build.json: the judge, its yes rates, and the consensus."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import Field

from mma_bench.core.errors import SourceError
from mma_bench.core.records import Items, Json, Number, Record, Text
from mma_bench.manifest.manifest import ManifestNotes
from mma_bench.verification.agreement import Agreement
from mma_bench.verification.checks_file import CHECKS, Check

_PATH = re.compile(r"[/\\.~]|[A-Za-z]:[/\\]")
"""Matches the start of a path; a name on the Hub never begins like this."""


class JudgeModel(Record):
    """Description of a model or an adapter; the model's class may add keys."""

    name: Text | None = None
    """Name on the Hub, or name of a model or adapter that ships with this project."""
    class_name: Text | None = Field(None, alias="class")
    """Python class of a model without a name."""
    adapter: JudgeModel | None = None


class YesRate(Record):
    """Counts of the answers to one question."""

    yes: int = 0
    no: int = 0
    unclear: int = 0
    """Answers that are neither yes nor no; excluded from the rate."""
    errors: int = 0
    """Questions without an answer; excluded from the rate."""
    rate: Number | None
    """Share of "yes" among the answers "yes" and "no", 0 to 1; null if there are none."""
    low: Number | None = None
    """Lower end of the 95 % Wilson interval of the rate; `high` is its upper end."""
    high: Number | None = None

    @property
    def answered(self) -> int:
        """Number of answers that are yes or no."""
        return self.yes + self.no


class CheckRates(Record):
    """Yes rates of one check over all clips."""

    right: YesRate
    """Rate for questions about the clip's class."""
    wrong: YesRate
    """Rate for questions about another class."""
    difference: Number | None = None
    """Rate of yes for the right class minus that for the wrong one, over clips with a yes or no to both questions.

    This is Youden's J if every clip shows and plays its class."""
    low: Number | None = None
    """Lower end of the 95 % bootstrap interval of the difference, over resampled clips; `high` is its upper end."""
    high: Number | None = None
    both: int = 0
    """Number of clips with a yes or no to both questions."""


class JudgementNote(Record):
    """Verdict on whether the judge's answers can be trusted."""

    trust: Text
    """"trusted", "untrusted", or "not shown" if the answers do not settle it."""
    reasons: Items[Text] = ()
    """A sentence per check that counts against the judge."""
    classes: dict[str, Items[Text]] = Field(default_factory=dict)
    """Checks in which the judge says yes too readily, by class."""


class ChecksNote(Record):
    """The `checks` note of a manifest, written by `mma-bench check`."""

    model: JudgeModel
    versions: Json = None
    questions: Json = None
    seed: Json = None
    """Seed for choosing the wrong classes."""
    limit: Json = None
    """Number of clips to check; null for all."""
    splits: Json = None
    """Splits to check; null for all."""
    not_checked: Json = None
    """Number of clips that were not checked."""
    rates: dict[str, CheckRates] = Field(default_factory=dict)
    judgement: JudgementNote | None = None

    @property
    def judge(self) -> str:
        """Name of the judge model, with its adapter if it has one.

        >>> ChecksNote(model=JudgeModel(name="Qwen/Qwen2.5-Omni-7B", revision="ae9e1690")).judge
        'Qwen/Qwen2.5-Omni-7B'
        """
        name, adapter = self.model.name or self.model.class_name or "a model", self.model.adapter
        return f"{name} with {adapter.name}" if adapter and adapter.name else name

    @property
    def yes_rates(self) -> list[tuple[str, float | None, float | None]]:
        """Checks that were made, each with its yes rates in % for the right and the wrong class, or None if unknown."""
        made = [(check, self.rates[check]) for check in CHECKS if check in self.rates]
        return [(_words(check), _percent(rates.right.rate), _percent(rates.wrong.rate)) for check, rates in made]

    @property
    def easy_classes(self) -> dict[str, list[str]]:
        """Classes to which the judge says yes too readily, by check; checks without such classes are omitted.

        >>> judgement = JudgementNote(trust="trusted", classes={"Cat": ["audio_alone"], "Dog": ["audio_alone"]})
        >>> ChecksNote(model=JudgeModel(), judgement=judgement).easy_classes
        {'audio alone': ['Cat', 'Dog']}
        """
        named = self.judgement.classes if self.judgement else {}
        by_check = {check: [name for name, checks in named.items() if check in checks] for check in CHECKS}
        return {_words(check): names for check, names in by_check.items() if names}


class ConsensusNote(Record):
    """The `consensus` note of a manifest, written by `mma-bench consensus`; it does not name the annotators."""

    annotators: int
    """Number of annotators."""
    splits: Items[Text]
    """Splits under review."""
    clips: int
    """Number of clips under review."""
    outcomes: dict[str, dict[str, int]]
    """Number of clips by split and outcome."""
    not_reviewed: dict[str, int]
    """Number of clips by split, for the splits not under review."""
    agreement: Agreement
    """Agreement on pass and fail."""
    criteria: dict[str, Agreement] = Field(default_factory=dict)
    """Agreement by criterion."""
    classes: dict[str, Agreement] = Field(default_factory=dict)
    """Agreement on pass and fail by class."""


class VerificationRecord(Record):
    """Section `verification` of build.json: how the clips of a dataset were verified."""

    checks: ChecksNote | None
    """Null if no model checked the clips."""
    consensus: ConsensusNote | None
    """Null if no annotators reviewed the clips."""


def verification_record(notes: ManifestNotes, file: str) -> VerificationRecord | None:
    """Extract the verification record from a manifest's notes; None if the clips were not verified.

    Raises:
        SourceError: the notes on verification are malformed; the message names `file`.
    """
    public = public_notes(notes)
    found = {"checks": public.checks or None, "consensus": public.consensus or None}
    if not any(found.values()):
        return None
    where, made_by = f"{file}: invalid verification notes", "mma-bench check` or `mma-bench consensus"
    return VerificationRecord.from_json(found, where=where, made_by=made_by, error=SourceError)


def public_notes(notes: ManifestNotes) -> ManifestNotes:
    """Remove private and outdated content from a manifest's notes.

    This drops the judge's server and the parent folders of a local model or adapter, and the consensus note if the
    funnel has no step "verified", which means that the clips were checked again after the votes.
    """
    checks = notes.checks
    if isinstance(checks, dict) and isinstance(checks.get("model"), dict):
        notes = notes.with_(checks={**checks, "model": _public_model(checks["model"])})
    if notes.funnel and not notes.funnel.has("verified"):
        notes = notes.without("consensus")
    return notes


def _public_model(model: Mapping[str, Json]) -> dict[str, Json]:
    public = {name: value for name, value in model.items() if name != "server"}  # reveals where the model ran
    public |= {name: _without_folder(public[name]) for name in ("name", "base") if isinstance(public.get(name), str)}
    if isinstance(public.get("adapter"), dict):
        public["adapter"] = _public_model(public["adapter"])
    return public


def _without_folder(name: str) -> str:
    if not _PATH.match(name):
        return name
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    return "a folder" if last.startswith("~") or not last.strip(".") else last


def _words(check: Check) -> str:
    return check.replace("_", " ")


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 1)
