"""All that there is to ask about the clips of a manifest, read clip by clip."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mma_bench.core.errors import ClipError
from mma_bench.manifest.clips import ManifestClip
from mma_eval.checks.media import Medium, media_of
from mma_eval.checks.questions import MEDIA, control_class, questions_about
from mma_eval.checks.unreadable import OF_THE_CONTENT, digest_of, is_there, not_readable, reason_of
from mma_eval.model import Clip, Question
from mma_eval.run.questions import ClipQuestions, Key, Target

CHANGED = "changed: its file was replaced while the clips were asked about; run the same command again"


@dataclass(frozen=True)
class ClipToCheck:
    """A clip whose file is there."""

    clip: ManifestClip
    file: Path
    sha256: str
    """Of the file."""
    wrong: str | None
    """A class that it is not of; None where the manifest has no other."""

    @property
    def key(self) -> str:
        """This clip with this file."""
        return f"{self.clip.clip_id}/{self.sha256}"

    def asked(self, medium: Medium) -> list[Target]:
        """The questions about one of its media."""
        return questions_about(medium, self.clip, self.wrong, self.sha256)


@dataclass(frozen=True)
class CheckWork:
    """What there is to ask."""

    clips: Sequence[ClipToCheck]
    unreadable: dict[str, str] = field(default_factory=dict)
    """By `ClipToCheck.key`, what is wrong with the content: what was known, and what `units` finds."""
    passed_over: dict[str, str] = field(default_factory=dict)
    """By the clip's id, why it cannot be asked about in this run; a later one tries again."""

    dropped: dict[str, int] = field(default_factory=dict)
    """By the clip's id, how many questions `units` left out since it found that the clip cannot be read."""

    def reason(self, each: ClipToCheck) -> str | None:
        """Why a clip cannot be asked about, as far as that is known."""
        return self.passed_over.get(each.clip.clip_id) or self.unreadable.get(each.key)

    @property
    def questions(self) -> int:
        """How many there are, those about clips that turn out to be unreadable too."""
        return self.left(())

    def left(self, done: Collection[Key]) -> int:
        """How many of them are not done; others may have been, of clips that an earlier run chose."""
        return sum(len(questions) for _, questions in self.outline(done))

    def joined(self, other: CheckWork) -> CheckWork:
        """Both, where no clip is in the two."""
        return CheckWork(
            [*self.clips, *other.clips], self.unreadable | other.unreadable, self.passed_over | other.passed_over
        )

    def clip_questions(self, done: Collection[Key] = ()) -> Iterator[ClipQuestions]:
        """A clip's media with the questions that are not done. A clip that cannot be read is passed over."""
        for each in self.clips:
            remaining = self._remaining(each, done)
            if not remaining:
                continue
            media = self._media(each)
            if media is None:
                self.dropped[each.clip.clip_id] = sum(map(len, remaining.values()))
                continue
            for medium, asked in remaining.items():
                yield ClipQuestions(media[medium], tuple(asked))

    def _media(self, each: ClipToCheck) -> Mapping[Medium, Clip] | None:
        """None, and the reason noted, of a clip that cannot be read or is not the one that was planned."""
        media: Mapping[Medium, Clip] | None = None
        problem: ClipError | None = None
        try:
            media = media_of(each.file, each.clip.clip_id)
        except ClipError as error:
            problem = error
        except OSError as error:
            problem = not_readable(each.file, error)
        try:
            same = digest_of(each.file) == each.sha256  # taken again: an answer belongs to the file that was read
        except ClipError as error:
            self.passed_over[each.clip.clip_id] = reason_of(error)
            return None
        if not same:
            self.passed_over[each.clip.clip_id] = CHANGED
            return None
        if problem:
            if problem.problem in OF_THE_CONTENT:
                self.unreadable[each.key] = reason_of(problem)
            else:
                self.passed_over[each.clip.clip_id] = reason_of(problem)
        return media

    def outline(self, done: Collection[Key] = ()) -> Iterator[tuple[float, list[Question]]]:
        """Seconds of these media and their questions."""
        for each in self.clips:
            for asked in self._remaining(each, done).values():
                yield each.clip.end_seconds - each.clip.start_seconds, [a.question for a in asked]

    def _remaining(self, each: ClipToCheck, done: Collection[Key]) -> Mapping[Medium, list[Target]]:
        if self.reason(each):
            return {}
        open_questions = {medium: [a for a in each.asked(medium) if a.key not in done] for medium in MEDIA}
        return {medium: asked for medium, asked in open_questions.items() if asked}


def plan_checks(
    clips: Sequence[ManifestClip], folder: Path, classes: Collection[str], seed: int, unreadable: Mapping[str, str]
) -> CheckWork:
    """The clips whose files are in the folder.

    Args:
        clips: that are to be checked.
        folder: of their files.
        classes: of the whole manifest, of which the wrong ones are drawn.
        seed: of those draws.
        unreadable: what an earlier run found, as `CheckWork` has it.
    """
    there: list[ClipToCheck] = []
    passed_over = {}
    for clip in clips:
        file = folder / clip.file
        if not is_there(file):
            continue
        try:
            there.append(ClipToCheck(clip, file, digest_of(file), control_class(clip, classes, seed)))
        except ClipError as error:
            passed_over[clip.clip_id] = reason_of(error)
    return CheckWork(there, dict(unreadable), passed_over)
