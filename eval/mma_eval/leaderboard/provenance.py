"""Verify the model, dataset and prompts recorded in run.json, and select the fields to publish."""

import json
import re
from collections.abc import Iterator

from mma_bench.core.differences import differing, shortened
from mma_bench.core.records import Json
from mma_eval.leaderboard.reference import Reference
from mma_eval.leaderboard.rules import FAMILIES, MAX_LENGTH, family_of, is_sha256
from mma_eval.leaderboard.submission import Fault, Fields, field_faults
from mma_eval.run.provenance import LIBRARIES, prompt_texts
from mma_eval.run.record import RUN, SCHEMA

_RUN_AGAIN = "run `mma-bench eval` again into a new folder"
# A path has at least two parts: "/no_think" is a directive in prompts.
_LOCAL_PATH = re.compile(r"(^|[\s\"'=:,(])(/[\w.-]+/|~[/\\]|\\\\|[A-Za-z]:[\\/])\w|/(home|Users|root)/")

_PUBLISHED = {
    "model": (
        "family", "revision", "sha256", "code_sha256", "dtype", "attention", "decoding", "fps", "size", "min_pixels",
        "max_pixels", "media", "sound", "one_medium", "extra_body", "media_resolution", "thinking_budget",
        "system_prompt", "max_new_tokens",
    ),
    "model.adapter": ("name", "sha256", "unseen_classes"),
    "versions": ("mma-bench", *LIBRARIES, *dict.fromkeys(n for f in FAMILIES.values() for n in f.libraries), "peft"),
}  # fmt: skip
"""Fields of run.json to publish, by section; `model.name` and `started` are published too."""


def published(run: Fields) -> dict[str, str]:
    """Select the fields of run.json to publish, leaving out folders, commands and machines.

    >>> published(Fields({"model": {"name": "x", "fps": 2.0}, "folder": "/home/me", "versions": {"mine": "1"}}))
    {'model.name': 'x', 'model.fps': '2.0'}
    """
    paths = [f"{section}.{name}" for section, names in _PUBLISHED.items() for name in names]
    chosen = {"model.name": _model_name(run), **{path: run.get(path) for path in (*paths, "adapted", "started")}}
    return {
        path: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for path, value in chosen.items()
        if value is not None and value != ""
    }


def model_label(run: Fields) -> str:
    """Return the names of the model and its adapter; empty if run.json has neither.

    >>> model_label(Fields({"model": {"name": "tiny-omni", "adapter": {"name": "mine"}}}))
    'tiny-omni + mine'
    >>> model_label(Fields({"model": {"class": "my:MyModel"}}))
    'MyModel'
    """
    return " + ".join(filter(None, (_model_name(run), _name(run.get("model.adapter.name")))))


def provenance_faults(run: Fields, reference: Reference) -> list[Fault]:
    """Find fields of run.json that are missing, contradict the dataset, or must not be published."""
    return [
        *_dataset_faults(run, reference),
        *_model_faults(run),
        *_published_faults(run),
    ]


def probe_faults(run: Fields) -> Iterator[Fault]:
    """Yield a fault if the probe showed that no audio reaches the model."""
    if run.get("probe.arrives") is False:
        remedy = "use a server that accepts audio; see `mma-bench eval --help`"
        yield Fault(f"{RUN}, probe.arrives", "true, since audio must reach the model", "false", remedy)


def _dataset_faults(run: Fields, reference: Reference) -> Iterator[Fault]:
    yield from field_faults(
        run,
        ("schema", SCHEMA, "run the evaluation again with this version of mma-bench"),
        ("data.digest", reference.digest, "evaluate on the expected dataset, or pass the evaluated one with --data"),
        ("data.classes", list(reference.classes), "run the evaluation on the expected dataset"),
        ("data.source", reference.source, "run the evaluation on the expected dataset"),
    )
    for where, expected, found in differing("prompts", prompt_texts(), run.get("prompts")):
        yield Fault(f"{RUN}, {where}", shortened(expected), shortened(found), "evaluate with unmodified prompts")


def _model_faults(run: Fields) -> Iterator[Fault]:
    """Find missing and invalid fields of the model's description, and missing package versions."""
    model = Fields(run.get("model"))
    libraries: tuple[str, ...] = ()
    if isinstance(model.content, dict):
        libraries = family_of(model).libraries
        if not model_label(run):
            yield Fault(f"{RUN}, model.name", "the name of the model", shortened(model.get("name")), _RUN_AGAIN)
        for name, expected, is_valid, remedy in family_of(model).fields:
            if not is_valid(model):
                yield Fault(f"{RUN}, model.{name}", expected, shortened(model.get(name)), remedy)
        found = model.get("adapter.sha256")
        if model.get("adapter") is not None and not is_sha256(found):
            yield Fault(f"{RUN}, model.adapter.sha256", "the SHA-256 of the weights", shortened(found), _RUN_AGAIN)
    else:
        yield Fault(f"{RUN}, model", "a description of the model", shortened(model.content), _RUN_AGAIN)
    for name in ("mma-bench", *LIBRARIES, *libraries):
        found = run.get(f"versions.{name}")
        if not isinstance(found, str) or not re.match(r"\d", found):
            yield Fault(f"{RUN}, versions.{name}", "the version that was used", shortened(found), _RUN_AGAIN)


def _published_faults(run: Fields) -> Iterator[Fault]:
    """Find published values that name a local folder, are too long or cannot be printed."""
    for name, value in published(run).items():
        if _LOCAL_PATH.search(value):
            remedy = "remove the path; name a model in `describe` or by the name of its folder"
            yield Fault(f"{RUN}, {name}", "no path of a local folder", shortened(value), remedy)
        if not all(c.isprintable() or c in "\n\t" for c in value):
            yield Fault(f"{RUN}, {name}", "printable text", repr(value[:40]), "remove the control characters")
        if len(value) > MAX_LENGTH:
            remedy = "shorten it, or leave it out"
            yield Fault(f"{RUN}, {name}", f"at most {MAX_LENGTH:,} characters", f"{len(value):,}", remedy)


def _model_name(run: Fields) -> str:
    return _name(run.get("model.name") or str(run.get("model.class") or "").rpartition(":")[2])


def _name(value: Json) -> str:
    return value if isinstance(value, str) and value.strip() else ""
