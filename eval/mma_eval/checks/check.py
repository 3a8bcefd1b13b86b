"""The automated checks: a model is asked of each clip whether its class is seen and heard (appendix B.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mma_bench.benchmark.splits import limited
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.files import remove_partials_of, write_text
from mma_bench.core.records import Record
from mma_bench.core.workfolder import sole_writer
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.funnel import Funnel
from mma_bench.manifest.manifest import Manifest, read_manifest
from mma_bench.verification.checks_file import Check, CheckedClip, Checks, read_checks, write_checks
from mma_eval.checks.judging import Judgement, judge
from mma_eval.checks.options import CheckOptions
from mma_eval.checks.outcomes import not_asked, outcomes
from mma_eval.checks.questions import question_texts
from mma_eval.checks.rates import CheckRates, as_json, rates_of, wrong_rates_by_class
from mma_eval.checks.record import CheckRun, CheckSelection
from mma_eval.checks.report import as_markdown
from mma_eval.checks.unreadable import UNREADABLE, is_there, read_unreadable, write_unreadable
from mma_eval.checks.watching import Watching
from mma_eval.checks.work import CheckWork, plan_checks
from mma_eval.model import Model
from mma_eval.resolve import resolve_model
from mma_eval.run.answering import AskSettings, ask_all
from mma_eval.run.prediction import Prediction
from mma_eval.run.progress import Watch
from mma_eval.run.provenance import describe_machine, describe_model, versions_of
from mma_eval.run.questions import Key
from mma_eval.run.record import SCHEMA
from mma_eval.run.store import PREDICTIONS, read_predictions


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

    Called again with the same options it continues, and asks again what failed. With other `splits` or another
    `limit` it asks about those, and the file keeps what earlier calls found of the other clips.

    Args:
        options: what to check.
        model: an instance to use instead of the one that `options.model` names.
        watch: told of the progress.

    Raises:
        MMABenchError: the manifest or the model cannot be had, the answers that are there are another run's, or the
            model fails on every clip. What was answered stays.
    """
    _require_own(options.out)
    manifest = read_manifest(options.source)
    chosen = _chosen(manifest, options)
    classes = {clip.class_name for clip in manifest.clips}
    known = {} if options.overwrite else read_unreadable(options.part_folder)
    work = plan_checks(chosen, options.clips, classes, options.seed, known)
    _require_files(work, chosen, options)
    model = model or resolve_model(options.model, options.model_options)
    with sole_writer(options.out):
        for path in (options.out, options.report, options.part_folder / UNREADABLE):
            remove_partials_of(path)
        run = _describe(model, work, options)
        watching = Watching(watch, work)
        settings = AskSettings(options.part_folder, options.tries, options.max_cost, options.overwrite)
        ask_all(model, work, run, settings, watching)
        watching.end()
        write_unreadable(options.part_folder, work.unreadable)
        answers = read_predictions(options.part_folder / PREDICTIONS)
        work = work.joined(_of_earlier_runs(manifest, chosen, work, answers, options))
        checked = outcomes(manifest, chosen, work, answers, options.clips)
        return _written(manifest, checked, run, options)


def _require_own(out: Path) -> None:
    """What lies at `--out` is only written over where it is checks; an annotator's votes are made once."""
    if not out.exists():
        return
    try:
        read_checks(out)
    except SourceError as error:
        raise OptionsError(
            f"--out {out}: another file is there, not checks ({error}). Choose another name, or move it away"
        ) from error


def _chosen(manifest: Manifest, options: CheckOptions) -> list[ManifestClip]:
    clips = [c for c in manifest.clips if options.splits is None or c.split in options.splits]
    if not clips:
        raise OptionsError(f"--split {' '.join(options.splits or ())}: {options.source} has no clips of it")
    there = [clip for clip in clips if is_there(options.clips / clip.file)] if options.limit else []
    return limited(there or clips, options.limit, seed=options.seed)


def _of_earlier_runs(
    manifest: Manifest,
    chosen: Sequence[ManifestClip],
    work: CheckWork,
    answers: Mapping[Key, Prediction],
    options: CheckOptions,
) -> CheckWork:
    """The clips that earlier runs into the same folder asked about and this one does not: what was said stands."""
    now = {clip.clip_id for clip in chosen}
    known = {made.clip_id for made in answers.values()} | {key.rpartition("/")[0] for key in work.unreadable}
    others = [clip for clip in manifest.clips if clip.clip_id in known - now]
    classes = {clip.class_name for clip in manifest.clips}
    return plan_checks(others, options.clips, classes, options.seed, work.unreadable)


def _require_files(work: CheckWork, chosen: Sequence[ManifestClip], options: CheckOptions) -> None:
    if not options.clips.is_dir():
        raise OptionsError(
            f"--clips {options.clips}: no such folder; fill it with `mma-bench fetch {options.source} --out "
            f"{options.clips}`"
        )
    if not work.clips and work.passed_over:
        name, reason = next(iter(work.passed_over.items()))
        raise OptionsError(
            f"--clips {options.clips}: none of the {len(work.passed_over):,} files of clips to check can be read; the "
            f"first, {name}, {reason.partition(': ')[2]}"
        )
    if not work.clips:
        raise OptionsError(
            f"--clips {options.clips}: none of the {len(chosen):,} clips to check; their files are called such as "
            f"{chosen[0].file}"
        )


def _describe(model: Model, work: CheckWork, options: CheckOptions) -> CheckRun:
    """Make the run.json of a check: what must stay the same for answers to belong together."""
    return CheckRun(
        schema_version=SCHEMA,
        name=options.out.stem,
        model=describe_model(model),
        data=Record(),  # each answer carries the digest of its file
        prompts=question_texts(),
        versions=versions_of(model),
        selection=CheckSelection(seed=options.seed),
        partial=False,
        questions=work.questions,
        machine=describe_machine(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _written(manifest: Manifest, checked: Sequence[CheckedClip], run: CheckRun, options: CheckOptions) -> CheckReport:
    rates = rates_of(checked)
    judgement = judge(rates, wrong_rates_by_class(checked))
    # Of all clips, those too that were not to be checked: what was downloaded does not depend on that.
    there = [(c.split, c.class_name) for c in manifest.clips if is_there(options.clips / c.file)]
    kept = [(c.clip.split, c.clip.class_name) for c in checked if c.kept]
    funnel = manifest.funnel.followed_by("fetched", there).followed_by("checked", kept)
    left = not_asked(checked)
    note = {
        "model": run.model.as_json(),
        "versions": run.versions,
        "questions": run.prompts["existence"],
        "seed": options.seed,
        "limit": options.limit if left else None,
        "splits": list(options.splits) if left and options.splits else None,
        "not_checked": left,
        "rates": as_json(rates),
        "judgement": {
            "trust": judgement.trust,
            "reasons": list(judgement.reasons),
            "classes": {name: list(checks) for name, checks in judgement.classes.items()},
        },
    }
    checks = Checks(checked, manifest.notes.with_(funnel=funnel, checks=note))
    found = CheckReport(options.out, options.report, checks, funnel, rates, judgement)
    write_text(options.report, as_markdown(checks, funnel, rates, judgement, run))
    write_checks(options.out, checks)
    return found
