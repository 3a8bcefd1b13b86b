"""The automated checks: a model is asked of each clip whether its class is seen and heard (appendix B.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mma_bench.curation.funnel import Funnel, funnel_of
from mma_bench.errors import OptionsError
from mma_bench.fetching.attrition import read_records
from mma_bench.files import sole_writer, write_text
from mma_bench.manifest import Manifest, ManifestClip, read_manifest
from mma_bench.splits import limited
from mma_bench.verification.checks_file import CHECKS, Check, CheckAnswer, CheckedClip, Checks, write_checks
from mma_eval.checking.judging import CheckRates, Judgement, as_json, judge, rates_of
from mma_eval.checking.options import CheckOptions
from mma_eval.checking.questions import key_of, question_texts
from mma_eval.checking.reading import read_verdict
from mma_eval.checking.report import as_markdown
from mma_eval.checking.work import CheckWork, ClipToCheck, plan_checks
from mma_eval.model import Model
from mma_eval.prediction import Key, Prediction
from mma_eval.progress import Watch
from mma_eval.provenance import describe_machine, describe_model, versions_of
from mma_eval.resolve import resolve_model
from mma_eval.run import ask_all
from mma_eval.store import PREDICTIONS, read_predictions

NOTE = "checks"
"""Of the notes of checks.parquet: what this says of the judge and its answers."""
NOT_CHECKED = "not_checked"
"""The reason of clips that were not to be checked, by `--split` or `--limit`."""
MISSING = "missing_file"
UNREADABLE = "unreadable.json"
"""Beside the answers: clips that cannot be asked about, so that no model is loaded to find that out again."""


@dataclass(frozen=True)
class CheckReport:
    """What the checks found."""

    out: Path
    report: Path
    """The same for people, as Markdown."""
    checks: Checks
    funnel: Funnel
    rates: Mapping[Check, CheckRates]
    judgement: Judgement


def check(options: CheckOptions, *, model: Model | None = None, watch: Watch | None = None) -> CheckReport:
    """Ask a model the four questions about each clip of a manifest, and keep the clips where all answers are yes.

    Called again with the same options it continues, and asks again what failed.

    Args:
        options: what to check.
        model: an instance to use instead of the one that `options.model` names.
        watch: told of the progress.

    Raises:
        MMABenchError: the manifest or the model cannot be had, the answers that are there are another run's, or the
            model fails on every clip. What was answered stays.
    """
    manifest = read_manifest(options.source)
    chosen = _chosen(manifest, options)
    classes = {clip.class_name for clip in manifest.clips}
    work = plan_checks(chosen, options.clips, classes, options.seed, _known_unreadable(options))
    _require_files(work, chosen, options)
    model = model or resolve_model(options.model, options.model_options)
    with sole_writer(options.out):
        run = _describe(model, work, options)
        ask_all(model, work, options, run, watch or (lambda progress, made: None))
        write_text(options.part_folder / UNREADABLE, json.dumps(work.unreadable, ensure_ascii=False, indent=1) + "\n")
        answers = read_predictions(options.part_folder / PREDICTIONS)
        checked = _checked(manifest, chosen, work, answers, options)
        return _written(manifest, checked, run, options)


def _chosen(manifest: Manifest, options: CheckOptions) -> list[ManifestClip]:
    clips = [c for c in manifest.clips if options.splits is None or c.split in options.splits]
    if not clips:
        raise OptionsError(f"--split {' '.join(options.splits or ())}: {options.source} has no clips of it")
    return limited(clips, options.limit, seed=options.seed)


def _known_unreadable(options: CheckOptions) -> dict[str, str]:
    path = options.part_folder / UNREADABLE
    if options.overwrite or not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): str(reason) for key, reason in found.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise OptionsError(f"{path}: cannot be read ({error}); delete it, and it is made anew") from error


def _require_files(work: CheckWork, chosen: Sequence[ManifestClip], options: CheckOptions) -> None:
    if not options.clips.is_dir():
        raise OptionsError(
            f"--clips {options.clips}: no such folder; fill it with `mma-bench fetch {options.source} --out "
            f"{options.clips}`"
        )
    if not work.clips:
        raise OptionsError(
            f"--clips {options.clips}: none of the {len(chosen):,} clips to check; their files are called such as "
            f"{chosen[0].file}"
        )


def _describe(model: Model, work: CheckWork, options: CheckOptions) -> dict[str, Any]:
    """The content of run.json: what must stay the same for answers to belong together."""
    record = {
        "schema": 1,
        "name": options.out.stem,
        "model": describe_model(model),
        "data": {},  # each answer carries the digest of its file
        "prompts": question_texts(),
        "versions": versions_of(model),
        "selection": {"seed": options.seed},
        "partial": False,
        "questions": work.questions,
        "machine": describe_machine(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    read_back: dict[str, Any] = json.loads(json.dumps(record))  # tuples are lists there, and compared with it
    return read_back


def _checked(
    manifest: Manifest,
    chosen: Sequence[ManifestClip],
    work: CheckWork,
    answers: Mapping[Key, Prediction],
    options: CheckOptions,
) -> list[CheckedClip]:
    """Every clip of the manifest, in its order."""
    there = {each.clip.clip_id: each for each in work.clips}
    wanted = {clip.clip_id for clip in chosen}
    records = read_records(options.clips)
    found = []
    for clip in manifest.clips:
        name = clip.clip_id
        if name not in wanted:
            found.append(CheckedClip(clip, NOT_CHECKED))
        elif name in there:
            unreadable = work.unreadable.get(there[name].key)
            found.append(CheckedClip(clip, unreadable) if unreadable else _answered(there[name], answers))
        else:
            lost = records.get(name)
            found.append(CheckedClip(clip, lost.reason if lost and lost.status == "lost" and lost.reason else MISSING))
    return found


def _answered(each: ClipToCheck, answers: Mapping[Key, Prediction]) -> CheckedClip:
    said = {}
    for name in (each.clip.class_name, each.wrong):
        keys = {c: key_of(c, each.clip.clip_id, name, each.sha256) for c in CHECKS} if name else {}
        said[name] = {c: _answer(answers[key]) for c, key in keys.items() if key in answers}
    own = said[each.clip.class_name]
    return CheckedClip(each.clip, _reason(own), own, each.wrong, said[each.wrong] if each.wrong else {})


def _answer(made: Prediction) -> CheckAnswer:
    if made.answer is None:
        return CheckAnswer(None, error=made.error or "no answer")
    return CheckAnswer(read_verdict(made.answer), made.answer)


def _reason(answers: Mapping[Any, CheckAnswer]) -> str:
    """Why a clip is not kept; of several reasons a no comes before what is unclear, and that before an error."""
    if len(answers) < len(CHECKS):
        return "error: the model was not asked"
    for verdict in ("no", "unclear"):
        found = [check for check, answer in answers.items() if answer.answer == verdict]
        if found:
            return f"{verdict}: {', '.join(found)}"
    return next((f"error: {check}: {a.error}" for check, a in answers.items() if a.error is not None), "")


def _written(
    manifest: Manifest, checked: Sequence[CheckedClip], run: Mapping[str, Any], options: CheckOptions
) -> CheckReport:
    rates = rates_of(checked)
    judgement = judge(rates)
    # Of all clips, those too that were not to be checked: what was downloaded does not depend on that.
    there = [(c.split, c.class_name) for c in manifest.clips if (options.clips / c.file).is_file()]
    kept = [(c.clip.split, c.clip.class_name) for c in checked if c.kept]
    funnel = funnel_of(manifest, options.source).followed_by("fetched", there).followed_by("checked", kept)
    note = {
        **{name: run[name] for name in ("model", "versions")},
        "questions": run["prompts"]["existence"],
        "seed": options.seed,
        "limit": options.limit,
        "splits": options.splits and list(options.splits),
        "rates": as_json(rates),
        "judgement": {"trust": judgement.trust, "reasons": list(judgement.reasons)},
    }
    checks = Checks(checked, {**manifest.notes, "funnel": funnel.as_json(), NOTE: note})
    found = CheckReport(options.out, options.report, checks, funnel, rates, judgement)
    write_text(options.report, as_markdown(checks, funnel, rates, judgement, run))
    write_checks(options.out, checks)
    return found
