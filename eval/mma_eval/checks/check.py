"""Automated check: ask a model whether each clip's class is visible and audible (paper, appendix B.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mma_bench.benchmark.prompts import PROMPTS, existence_question
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.files import remove_partial_files, write_text
from mma_bench.core.records import Record
from mma_bench.core.workfolder import sole_writer
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.funnel import Funnel
from mma_bench.manifest.manifest import Manifest, find_manifest, read_manifest
from mma_bench.verification.checks_file import Check, CheckedClip, Checks, read_checks, write_checks
from mma_bench.verification.record import CheckRates, JudgementNote
from mma_eval.checks.options import CheckOptions
from mma_eval.checks.outcomes import not_asked, outcomes
from mma_eval.checks.plan import CheckPlan, choose_clips, plan_checks, require_files
from mma_eval.checks.report import as_markdown
from mma_eval.checks.trust import Judgement, assess_judge, rates_of, wrong_rates_by_class
from mma_eval.checks.unreadable import UNREADABLE, is_there, read_unreadable, write_unreadable
from mma_eval.model import Model
from mma_eval.resolve import resolve_model
from mma_eval.run.prediction import Prediction
from mma_eval.run.provenance import describe_machine, describe_model, versions_of
from mma_eval.run.questions import Key
from mma_eval.run.record import SCHEMA, ProvenanceRecord
from mma_eval.run.resume import AskSettings, RunProgress, Watch, ask_all
from mma_eval.run.store import PREDICTIONS, read_predictions


class CheckSelection(Record):
    """Options that determine the questions: the seed with which wrong classes are drawn."""

    seed: int


class CheckRun(ProvenanceRecord):
    """Content of the run.json that `mma-bench check` writes."""

    selection: CheckSelection


@dataclass(frozen=True)
class CheckReport:
    """The result of a check."""

    out: Path
    report: Path
    """Path of the Markdown report."""
    checks: Checks
    funnel: Funnel
    rates: Mapping[Check, CheckRates]
    judgement: Judgement


def check(options: CheckOptions, *, model: Model | None = None, watch: Watch | None = None) -> CheckReport:
    """Ask a model four questions about each clip of a manifest, and keep the clips with four yes answers.

    A run with the same options resumes an earlier one and retries failed questions. Other `splits` or another `limit`
    add clips; results of earlier runs stay in the file. An instance of `model` replaces `options.model`.

    Raises:
        MMABenchError: the manifest or the model cannot be read, the stored answers belong to a different run, or too
            many consecutive clips fail. Answers received so far are kept.
    """
    _require_own(options.out)
    manifest = read_manifest(find_manifest(options.source))
    chosen = choose_clips(manifest, options)
    known = {} if options.overwrite else read_unreadable(options.part_folder)
    plan = plan_checks(chosen, manifest, options, known)
    require_files(plan, chosen, options)
    model = model or resolve_model(options.model, {"adapter": options.adapter, **options.model_options})
    with sole_writer(options.out):
        for path in (options.out, options.report, options.part_folder / UNREADABLE):
            remove_partial_files(path)
        run = _describe(model, plan, options)
        readable = _ReadableProgress(watch, plan)
        settings = AskSettings(options.part_folder, options.tries, options.max_cost, options.overwrite)
        ask_all(model, plan, run, settings, readable)
        readable.end()
        write_unreadable(options.part_folder, plan.unreadable)
        answers = read_predictions(options.part_folder / PREDICTIONS)
        plan = plan.joined(_plan_of_earlier_runs(manifest, chosen, plan, answers, options))
        return _write(manifest, outcomes(manifest, chosen, plan, answers, options.clips), run, options)


@dataclass
class _ReadableProgress:
    """Progress callback that excludes questions about unreadable clips, which are never asked."""

    watch: Watch | None
    plan: CheckPlan
    planned: int | None = None
    """Planned questions, including those about unreadable clips."""
    last: RunProgress | None = None

    def __call__(self, progress: RunProgress, made: list[Prediction]) -> None:
        if self.planned is None:
            self.planned = progress.questions
        self.last = progress
        progress.questions = self.planned - sum(list(self.plan.dropped.values()))  # clips are read in another thread
        if self.watch:
            self.watch(progress, made)

    def end(self) -> None:
        """Report the final progress, since a clip may have been dropped after the last answer."""
        if self.last:
            self(self.last, [])


def _require_own(out: Path) -> None:
    """Refuse to overwrite a file other than a check result, such as an annotator's irreplaceable votes."""
    try:
        if out.exists():
            read_checks(out)
    except SourceError as error:
        raise OptionsError(
            f"--out {out}: exists and is not a readable check result ({error}); choose another name, or move the file"
        ) from error


def _plan_of_earlier_runs(
    manifest: Manifest,
    chosen: Sequence[ManifestClip],
    plan: CheckPlan,
    answers: Mapping[Key, Prediction],
    options: CheckOptions,
) -> CheckPlan:
    """Plan the clips covered by earlier runs in the same folder but not by this one."""
    now = {clip.clip_id for clip in chosen}
    known = {made.clip_id for made in answers.values()} | {key.rpartition("/")[0] for key in plan.unreadable}
    others = [clip for clip in manifest.clips if clip.clip_id in known - now]
    return plan_checks(others, manifest, options, plan.unreadable)


def _describe(model: Model, plan: CheckPlan, options: CheckOptions) -> CheckRun:
    """Build the run.json record, which a later run must match to resume this one."""
    return CheckRun(
        schema_version=SCHEMA,
        name=options.out.stem,
        model=describe_model(model),
        data=Record(),  # each answer carries the digest of its file
        prompts={"existence": {prompt: existence_question(prompt, "...") for prompt in PROMPTS}},
        versions=versions_of(model),
        selection=CheckSelection(seed=options.seed),
        partial=False,
        questions=plan.questions,
        machine=describe_machine(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _write(manifest: Manifest, checked: Sequence[CheckedClip], run: CheckRun, options: CheckOptions) -> CheckReport:
    rates = rates_of(checked)
    judgement = assess_judge(rates, wrong_rates_by_class(checked))
    # The funnel counts every clip with a file, including those not selected for the check.
    there = [(c.split, c.class_name) for c in manifest.clips if is_there(options.clips / c.file)]
    kept = [(c.clip.split, c.clip.class_name) for c in checked if c.kept]
    funnel = manifest.funnel.followed_by("fetched", there).followed_by("checked", kept)
    left = not_asked(checked)
    reasons = tuple(reason.text for reason in judgement.reasons)
    note = {
        "model": run.model.as_json(),
        "versions": run.versions,
        "questions": run.prompts["existence"],
        "seed": options.seed,
        "limit": options.limit if left else None,
        "splits": list(options.splits) if left and options.splits else None,
        "not_checked": left,
        "rates": {check: found.as_json() for check, found in rates.items()},
        "judgement": JudgementNote(trust=judgement.trust, reasons=reasons, classes=dict(judgement.classes)).as_json(),
    }
    checks = Checks(checked, manifest.notes.with_(funnel=funnel, checks=note))
    write_text(options.report, as_markdown(checks, funnel, rates, judgement, run))
    write_checks(options.out, checks)
    return CheckReport(options.out, options.report, checks, funnel, rates, judgement)
