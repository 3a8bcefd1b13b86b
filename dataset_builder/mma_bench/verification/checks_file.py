"""Read and write checks.parquet: a model's answers about each clip of a manifest (appendix B.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa

from mma_bench.core.errors import SourceError
from mma_bench.core.records import Json
from mma_bench.manifest.clips import ManifestClip
from mma_bench.manifest.manifest import Manifest, ManifestNotes, read_clips, write_clips

Check = Literal["visual_alone", "audio_alone", "visual_together", "audio_together"]
CHECKS: tuple[Check, ...] = get_args(Check)
"""All checks, in the paper's order: video without audio, audio without video, then each with the other present."""

JudgeAnswer = Literal["yes", "no", "unclear"]
"""Parsed answer; "unclear" if the text begins with neither yes nor no, or contains both."""

_ANSWER = pa.struct([("answer", pa.string()), ("text", pa.string()), ("error", pa.string())])
_SCHEMA = pa.schema(
    [
        ("kept", pa.bool_()),
        ("reason", pa.string()),
        *((check, _ANSWER) for check in CHECKS),
        ("control_class", pa.string()),
        *((f"control_{check}", _ANSWER) for check in CHECKS),
    ]
)


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """The judge's answer to a question, or the error that prevented it. Exactly one of `answer` and `error` is None."""

    answer: JudgeAnswer | None
    text: str | None = None
    """The judge's answer, verbatim."""
    error: str | None = None
    """Reason why there is no answer; None if there is one."""


@dataclass(frozen=True)
class CheckedClip:
    """A clip of the manifest and the judge's answers about it; there are none if the clip's file cannot be used."""

    clip: ManifestClip
    reason: str
    """Reason for dropping the clip, such as `missing_file`, `no: audio_alone` or `error: ...`; empty if it is kept."""
    answers: Mapping[Check, CheckAnswer] = field(default_factory=dict)
    control_class: str | None = None
    """Wrong class, about which the same questions were asked as a control."""
    control: Mapping[Check, CheckAnswer] = field(default_factory=dict)
    """Answers about `control_class`."""

    @property
    def kept(self) -> bool:
        """True if the clip passed all four checks."""
        return not self.reason


@dataclass(frozen=True)
class Checks:
    """Content of checks.parquet."""

    clips: Sequence[CheckedClip]
    """All clips of the manifest, in its order."""
    notes: ManifestNotes = field(default_factory=ManifestNotes)
    """The manifest's notes, including `checks` (see `record.ChecksNote`)."""

    def kept(self) -> Manifest:
        """Return the manifest of the clips that passed, which is also what `read_manifest` returns."""
        return Manifest([checked.clip for checked in self.clips if checked.kept], self.notes)


def write_checks(path: Path, checks: Checks) -> None:
    """Write checks.parquet deterministically.

    Raises:
        SourceError: two clips have the same id.
        StorageError: the file cannot be written.
    """
    rows = checks.clips
    values: dict[str, list[Json]] = {"kept": [c.kept for c in rows], "reason": [c.reason for c in rows]}
    values["control_class"] = [c.control_class for c in rows]
    for check in CHECKS:
        values[check] = [_fields(c.answers.get(check)) for c in rows]
        values[f"control_{check}"] = [_fields(c.control.get(check)) for c in rows]
    write_clips(path, [c.clip for c in rows], checks.notes, _SCHEMA, values)


def read_checks(path: Path) -> Checks:
    """Read checks.parquet, including the dropped clips.

    Raises:
        SourceError: the file or one of its rows is invalid; the message says why.
    """
    file = read_clips(path, _SCHEMA, made_by="mma-bench check")
    checked = []
    for k, clip in enumerate(file.clips):
        row = {name: column[k] for name, column in file.values.items()}
        try:
            reason, answers, control = _reason(row), _answers(row, ""), _answers(row, "control_")
            checked.append(CheckedClip(clip, reason, answers, row["control_class"], control))
        except ValueError as error:
            raise SourceError(f"{path} row {k}: {error}. Recreate the file with `mma-bench check`") from error
    return Checks(checked, file.notes)


def _fields(answer: CheckAnswer | None) -> dict[str, str | None] | None:
    """Convert an answer to its columns, escaping unpaired surrogates, which UTF-8 cannot encode."""
    if answer is None:
        return None
    texts = {"answer": answer.answer, "text": answer.text, "error": answer.error}
    return {name: text and text.encode("utf-8", "backslashreplace").decode() for name, text in texts.items()}


def _answers(row: Mapping[str, Json], prefix: str) -> dict[Check, CheckAnswer]:
    return {check: _answer(fields) for check in CHECKS if (fields := row[f"{prefix}{check}"]) is not None}


def _answer(fields: Mapping[str, Json]) -> CheckAnswer:
    answer = fields["answer"]
    if answer is not None and answer not in get_args(JudgeAnswer):
        raise ValueError(f"answer {answer!r} is unknown; expected one of {', '.join(get_args(JudgeAnswer))}")
    if (answer is None) == (fields["error"] is None):
        raise ValueError(f"answer {answer!r} with error {fields['error']!r}; expected exactly one of them to be null")
    return CheckAnswer(answer, fields["text"], fields["error"])


def _reason(row: Mapping[str, Json]) -> str:
    kept, reason = row["kept"], row["reason"]
    if kept is None or bool(kept) == bool(reason):
        raise ValueError(f"kept {kept} with reason {reason!r}; expected a reason if, and only if, kept is false")
    return str(reason or "")
