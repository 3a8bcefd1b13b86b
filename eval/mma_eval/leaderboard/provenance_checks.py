"""Whether run.json says what was run on what, in the benchmark's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.core.differences import differing, shortened
from mma_eval.leaderboard.families import family_of, is_sha256
from mma_eval.leaderboard.fault import Fault, first_of_each
from mma_eval.leaderboard.published import model_label, published
from mma_eval.leaderboard.reference import Reference
from mma_eval.leaderboard.rules import LONGEST
from mma_eval.leaderboard.submission import Submission
from mma_eval.run.provenance import LIBRARIES, prompt_texts
from mma_eval.run.record import RUN, SCHEMA
from mma_eval.run.store import PREDICTIONS

_AGAIN = "run `mma-bench eval` again into a new folder"
# A path of two parts at least: "/no_think" is a word that models are told.
_OF_A_MACHINE = re.compile(r"(^|[\s\"'=:,(])(/[\w.-]+/|~[/\\]|\\\\|[A-Za-z]:[\\/])\w|/(home|Users|root)/")


def provenance_faults(submission: Submission, reference: Reference) -> list[Fault]:
    """What run.json leaves out or has otherwise, and senses that did not reach the model."""
    return [
        *_record_faults(submission, reference),
        *_model_faults(submission),
        *_version_faults(submission),
        *_private(submission),
        *first_of_each(_deaf_or_blind(submission)),
        *_probe_faults(submission),
    ]


def _record_faults(submission: Submission, reference: Reference) -> Iterator[Fault]:
    facts = (
        ("schema", SCHEMA, "run it with this version of mma-bench"),
        ("data.digest", reference.digest, "run it on this dataset, or give its own with --data"),
        ("data.classes", list(reference.classes), "run it on this dataset"),
        ("data.source", "synthetic" if reference.drawn else "recordings", "run it on this dataset"),
    )
    for field, right, remedy in facts:
        found = submission.field(field)
        if found != right:
            yield Fault(f"{RUN}, {field}", shortened(right), shortened(found), remedy)
    for where, right, found in differing("prompts", prompt_texts(), submission.field("prompts")):
        yield Fault(f"{RUN}, {where}", shortened(right), shortened(found), "ask the benchmark's own questions")


def _model_faults(submission: Submission) -> Iterator[Fault]:
    model = submission.field("model")
    if not isinstance(model, Mapping):
        yield Fault(f"{RUN}, model", "what the model is", shortened(model), _AGAIN)
        return
    if not model_label(submission.record):
        yield Fault(f"{RUN}, model.name", "the name of the model", shortened(model.get("name")), _AGAIN)
    for field in family_of(model).fields:
        if not field.is_right(model):
            yield Fault(f"{RUN}, model.{field.name}", field.expected, shortened(model.get(field.name)), field.remedy)
    adapter = model.get("adapter")
    if adapter is not None and not (isinstance(adapter, Mapping) and is_sha256(adapter.get("sha256"))):
        yield Fault(f"{RUN}, model.adapter.sha256", "the SHA-256 of its weights", shortened(adapter), _AGAIN)


def _version_faults(submission: Submission) -> Iterator[Fault]:
    model = submission.field("model")
    family = family_of(model) if isinstance(model, Mapping) else None
    for name in ("mma-bench", *LIBRARIES, *(family.libraries if family else ())):
        versions = submission.field("versions")
        found = versions.get(name) if isinstance(versions, Mapping) else None
        if not isinstance(found, str) or not re.match(r"\d", found):
            yield Fault(f"{RUN}, versions.{name}", "the version that was used", shortened(found), _AGAIN)


def _private(submission: Submission) -> Iterator[Fault]:
    """What would be published and names a machine's folders, is longer than a reader reads, or is no text."""
    for name, value in published(submission.record).items():
        if _OF_A_MACHINE.search(value):
            remedy = "give the model a name instead of a path, in `describe` or by the folder that it lies in"
            yield Fault(f"{RUN}, {name}", "nothing that names a folder of a machine", shortened(value), remedy)
        if not all(c.isprintable() or c in "\n\t" for c in value):
            yield Fault(f"{RUN}, {name}", "text that can be printed", repr(value[:40]), "leave the characters out")
        if len(value) > LONGEST:
            remedy = "say it shorter, or leave it out"
            yield Fault(f"{RUN}, {name}", f"at most {LONGEST:,} characters", f"{len(value):,}", remedy)


def _deaf_or_blind(submission: Submission) -> Iterator[tuple[str, Fault]]:
    for number, made in submission.lines:
        condition = CONDITIONS.get(made.condition)
        if made.tokens is None or made.error is not None or condition is None:
            continue
        where = f"{PREDICTIONS}, line {number}, tokens"
        for modality, present in (("video", condition.visual_present), ("audio", condition.audio_present)):
            count: Any = made.tokens.get(modality) if isinstance(made.tokens, Mapping) else made.tokens
            if type(count) is not int or count < 0:
                expected = f"how many {modality} tokens the model took in, or null"
                yield "kind", Fault(where, expected, shortened(count), _AGAIN)
            elif present and count == 0:
                remedy = f"see why the {modality} does not reach the model; such an answer is no answer"
                yield modality, Fault(where, f"{modality} tokens where there is {modality}", "0", remedy)


def _probe_faults(submission: Submission) -> Iterator[Fault]:
    if submission.field("probe.arrives") is False:
        remedy = "ask a server that takes sound, see `mma-bench eval --help`"
        yield Fault(f"{RUN}, probe.arrives", "sound that reaches the model", "false", remedy)
