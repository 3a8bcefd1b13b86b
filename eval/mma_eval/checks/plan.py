"""Plan a check: select clips, locate their files, and build the questions clip by clip.

A clip gets four questions about its class, and the same four about a deliberately wrong class.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mma_bench.benchmark.prompts import Prompt, existence_question
from mma_bench.benchmark.splits import limited
from mma_bench.core.errors import ClipError, OptionsError
from mma_bench.core.executor import WorkerPool
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest
from mma_bench.verification.checks_file import Check
from mma_eval.checks.media import Medium, media_of
from mma_eval.checks.options import CheckOptions
from mma_eval.checks.unreadable import PERMANENT, digest_of, is_there, not_readable, reason_of
from mma_eval.model import Clip, Question
from mma_eval.run.questions import ClipQuestions, Key, Target

_WORK = ("mma_eval.checks.media",)
ANSWERS = ("No", "Yes")
"""Options for models that choose among options."""


_SETUPS: Mapping[Check, tuple[Medium, Prompt]] = {
    "visual_alone": ("picture", "visual"),
    "audio_alone": ("sound", "audio"),
    "visual_together": ("both", "visual"),
    "audio_together": ("both", "audio"),
}
"""Medium that each check presents, and modality that it asks about. Appendix B.1: (1) audio removed, (2) frames zeroed,
(3) and (4) the full input."""

MEDIA: tuple[Medium, ...] = ("both", "picture", "sound")
"""All media; `picture` directly follows `both`, whose video it shares."""

CHANGED = "changed: its file was replaced while the clips were asked about; run the same command again"


@dataclass(frozen=True)
class ClipToCheck:
    """A clip whose file exists."""

    clip: ManifestClip
    file: Path
    sha256: str
    """Digest of the file."""
    wrong: str | None
    """A wrong class to ask about; None if the manifest has no other class."""

    @property
    def key(self) -> str:
        """Key made of the clip's id and the digest of its file."""
        return f"{self.clip.clip_id}/{self.sha256}"


@dataclass(frozen=True)
class CheckPlan:
    """Clips to ask about, and the problems found with them."""

    clips: Sequence[ClipToCheck]
    unreadable: dict[str, str] = field(default_factory=dict)
    """Permanent problems by `ClipToCheck.key`, known from earlier runs or found by `clip_questions`."""
    passed_over: dict[str, str] = field(default_factory=dict)
    """Transient problems by clip id; this run skips the clip, a later run tries again."""
    dropped: dict[str, int] = field(default_factory=dict)
    """Number of planned questions skipped by `clip_questions` because of a problem, by clip id."""

    def reason(self, each: ClipToCheck) -> str | None:
        """Return the known problem of a clip, or None."""
        return self.passed_over.get(each.clip.clip_id) or self.unreadable.get(each.key)

    @property
    def questions(self) -> int:
        """Number of questions, including those about clips that turn out to be unreadable."""
        return self.left(())

    def left(self, done: Collection[Key]) -> int:
        """Count the open questions; `done` may include keys of other clips from earlier runs."""
        return sum(len(questions) for _, questions in self.outline(done))

    def joined(self, other: CheckPlan) -> CheckPlan:
        """Join two plans that share no clip."""
        return CheckPlan(
            [*self.clips, *other.clips], self.unreadable | other.unreadable, self.passed_over | other.passed_over
        )

    def clip_questions(self, done: Collection[Key] = ()) -> Iterator[ClipQuestions]:
        """Yield the media of each clip with its open questions, skipping clips with a problem."""
        with WorkerPool(1, imports=_WORK) as reader:  # whose crash costs a clip, not the check
            for each in self.clips:
                remaining = self._remaining(each, done)
                if not remaining:
                    continue
                media = self._media(each, reader)
                if media is None:
                    self.dropped[each.clip.clip_id] = sum(map(len, remaining.values()))
                    continue
                for medium, targets in remaining.items():
                    yield ClipQuestions(media[medium], tuple(targets))

    def outline(self, done: Collection[Key] = ()) -> Iterator[tuple[float, list[Question]]]:
        """Yield the duration in seconds and the open questions of each medium, without reading the file."""
        for each in self.clips:
            for targets in self._remaining(each, done).values():
                yield each.clip.end_seconds - each.clip.start_seconds, [t.question for t in targets]

    def _media(self, each: ClipToCheck, reader: WorkerPool) -> Mapping[Medium, Clip] | None:
        """Read a clip's media; if that fails or the file was replaced, record the problem and return None."""
        name = each.clip.clip_id
        media: Mapping[Medium, Clip] | None = None
        problem: ClipError | None = None
        try:
            media = reader.result(media_of, (each.file, name), name=str(each.file))
        except ClipError as error:
            problem = error
        except OSError as error:
            problem = not_readable(each.file, error)
        try:
            if digest_of(each.file) != each.sha256:  # recomputed: answers belong to the content just read
                self.passed_over[name] = CHANGED
                return None
        except ClipError as error:
            self.passed_over[name] = reason_of(error)
            return None
        if problem:
            found, key = (self.unreadable, each.key) if problem.problem in PERMANENT else (self.passed_over, name)
            found[key] = reason_of(problem)
        return media

    def _remaining(self, each: ClipToCheck, done: Collection[Key]) -> Mapping[Medium, list[Target]]:
        if self.reason(each):
            return {}
        asked = {medium: questions_about(medium, each.clip, each.wrong, each.sha256) for medium in MEDIA}
        remaining = {medium: [t for t in targets if t.key not in done] for medium, targets in asked.items()}
        return {medium: targets for medium, targets in remaining.items() if targets}


def choose_clips(manifest: Manifest, options: CheckOptions) -> list[ManifestClip]:
    """Select the clips of the requested splits; a limit counts only clips with a file.

    Raises:
        OptionsError: the manifest has no clip in these splits.
    """
    clips = [c for c in manifest.clips if options.splits is None or c.split in options.splits]
    if not clips:
        held = ", ".join(dict.fromkeys(clip.split for clip in manifest.clips))
        raise OptionsError(f"--split {' '.join(options.splits or ())}: {options.source} has clips only in {held}")
    there = [clip for clip in clips if is_there(options.clips / clip.file)] if options.limit else []
    return limited(there or clips, options.limit, seed=options.seed)


def plan_checks(
    clips: Sequence[ManifestClip], manifest: Manifest, options: CheckOptions, unreadable: Mapping[str, str]
) -> CheckPlan:
    """Plan the questions about the clips with existing files; wrong classes are drawn from the whole manifest.

    `unreadable` has the permanent problems from earlier runs, by `ClipToCheck.key`.
    """
    classes = {clip.class_name for clip in manifest.clips}
    there: list[ClipToCheck] = []
    passed_over = {}
    for clip in clips:
        file = options.clips / clip.file
        if not is_there(file):
            continue
        try:
            there.append(ClipToCheck(clip, file, digest_of(file), control_class(clip, classes, options.seed)))
        except ClipError as error:
            passed_over[clip.clip_id] = reason_of(error)
    return CheckPlan(there, dict(unreadable), passed_over)


def require_files(plan: CheckPlan, chosen: Sequence[ManifestClip], options: CheckOptions) -> None:
    """Raise an OptionsError unless the folder exists and at least one selected clip has a readable file."""
    fetch = f"mma-bench fetch {options.source} --out {options.clips}"
    if not options.clips.is_dir():
        raise OptionsError(
            f"--clips {options.clips}: no such folder; check the path, or download the clips with `{fetch}`"
        )
    if not plan.clips and plan.passed_over:
        name, reason = next(iter(plan.passed_over.items()))
        none = f"none of the {len(plan.passed_over):,} files to check can be read"
        raise OptionsError(f"--clips {options.clips}: {none}; first error: {name}: {reason.partition(': ')[2]}")
    if not plan.clips:
        none = f"contains none of the {len(chosen):,} clips to check; expected files such as {chosen[0].file}"
        raise OptionsError(f"--clips {options.clips}: {none}. Fill it with `{fetch}`, or give the folder of the clips")


def control_class(clip: ManifestClip, classes: Collection[str], seed: int) -> str | None:
    """Draw a wrong class for a clip, independently of other clips; None if the manifest has no other class."""
    others = sorted(set(classes) - {clip.class_name})
    return random.Random(f"{seed} {clip.clip_id}").choice(others) if others else None


def questions_about(medium: Medium, clip: ManifestClip, wrong: str | None, file_sha256: str) -> list[Target]:
    """Build the questions about one medium of a clip, correct class first; the file's digest is part of their keys."""
    return [
        Target(
            question=Question(
                row_id=_row_id(clip.clip_id, medium, name, file_sha256),
                prompt=prompt,
                variant="plain",
                seed=0,
                text=existence_question(prompt, name),
                options=ANSWERS,
            ),
            clip_id=clip.clip_id,
            donor_id=None,
            condition=check if name == clip.class_name else f"control_{check}",
            reference=name,
            other=None,
            caption=None,
        )
        for check, (shown, prompt) in _SETUPS.items()
        if shown == medium
        for name in (clip.class_name, wrong)
        if name is not None
    ]


def _row_id(clip_id: str, medium: Medium, class_name: str, file_sha256: str) -> str:
    return f"{clip_id}/{medium}/{class_name}/{file_sha256[:12]}"


def key_of(check: Check, clip_id: str, class_name: str, file_sha256: str) -> Key:
    """Return the key of the answer to a check of a clip, with a correct or wrong class."""
    medium, prompt = _SETUPS[check]
    return _row_id(clip_id, medium, class_name, file_sha256), prompt, "plain", 0
