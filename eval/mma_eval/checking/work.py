"""All that there is to ask about the clips of a manifest, read clip by clip."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mma_bench.errors import ClipError
from mma_bench.files import file_sha256
from mma_bench.manifest import ManifestClip
from mma_eval.checking.media import Medium, media_of
from mma_eval.checking.questions import MEDIA, control_class, questions_about
from mma_eval.model import Question
from mma_eval.prediction import Asked, Key
from mma_eval.units import Unit


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

    def asked(self, medium: Medium) -> list[Asked]:
        """The questions about one of its media."""
        return questions_about(medium, self.clip, self.wrong, self.sha256)


@dataclass(frozen=True)
class CheckWork:
    """What there is to ask."""

    clips: Sequence[ClipToCheck]
    unreadable: dict[str, str] = field(default_factory=dict)
    """By `ClipToCheck.key`, why it cannot be asked about: what was known, and what `units` finds."""

    @property
    def questions(self) -> int:
        """How many there are, those about clips that turn out to be unreadable too."""
        return self.left(())

    def left(self, done: Collection[Key]) -> int:
        """How many of them are not done; others may have been, of clips that an earlier run chose."""
        return sum(len(questions) for _, questions in self.outline(done))

    def units(self, done: Collection[Key] = ()) -> Iterator[Unit]:
        """A clip's media with the questions that are not done. A clip that cannot be read is passed over."""
        for each in self.clips:
            remaining = self._remaining(each, done)
            if not remaining:
                continue
            try:
                media = media_of(each.file, each.clip.clip_id)
            except ClipError as error:
                self.unreadable[each.key] = f"{error.problem}: {error.detail}"
                continue
            for medium, asked in remaining.items():
                yield Unit(media[medium], tuple(asked))

    def outline(self, done: Collection[Key] = ()) -> Iterator[tuple[float, list[Question]]]:
        """Seconds of these media and their questions."""
        for each in self.clips:
            for asked in self._remaining(each, done).values():
                yield each.clip.end_seconds - each.clip.start_seconds, [a.question for a in asked]

    def _remaining(self, each: ClipToCheck, done: Collection[Key]) -> Mapping[Medium, list[Asked]]:
        if each.key in self.unreadable:
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
    there = [clip for clip in clips if (folder / clip.file).is_file()]
    return CheckWork(
        [
            ClipToCheck(clip, folder / clip.file, file_sha256(folder / clip.file), control_class(clip, classes, seed))
            for clip in there
        ],
        dict(unreadable),
    )
