"""checks.parquet: what a model said of each clip of a manifest, and whether the clip is kept (appendix B.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa

from mma_bench.core.errors import SourceError
from mma_bench.manifest.manifest import Manifest, ManifestClip, read_clips, write_clips

Check = Literal["visual_alone", "audio_alone", "visual_together", "audio_together"]
CHECKS: tuple[Check, ...] = get_args(Check)
"""In the paper's order: the picture without its sound, the sound without its picture, both asked about either."""

Verdict = Literal["yes", "no", "unclear"]
"""What an answer says; unclear: it begins with neither word, or holds both."""

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
    """What a model said to one question. Exactly one of `answer` and `error` is None."""

    answer: Verdict | None
    text: str | None = None
    """The answer as it was given."""
    error: str | None = None
    """Why there is none."""


@dataclass(frozen=True)
class CheckedClip:
    """A clip of the manifest and what became of it. A clip that could not be asked about has no answers."""

    clip: ManifestClip
    reason: str
    """Why it is not kept: `missing_file`, `no: audio_alone`, `unclear: visual_together`, `error: ...`; else empty."""
    answers: Mapping[Check, CheckAnswer] = field(default_factory=dict)
    control_class: str | None = None
    """A class that the clip is not of, which the same was asked about."""
    control: Mapping[Check, CheckAnswer] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """Whether all four answers are yes."""
        return not self.reason


@dataclass(frozen=True)
class Checks:
    """All clips of a manifest, in its order."""

    clips: Sequence[CheckedClip]
    notes: Mapping[str, Any] = field(default_factory=dict)
    """The manifest's, with `checks`: who judged, what was asked, how often the answer was yes."""

    def kept(self) -> Manifest:
        """The clips that passed, as `read_manifest` gives them of the file."""
        return Manifest([checked.clip for checked in self.clips if checked.kept], self.notes)


def write_checks(path: Path, checks: Checks) -> None:
    """Write checks.parquet; the same checks give the same bytes.

    Raises:
        SourceError: two clips have one id.
        StorageError: the file cannot be written.
    """
    rows = checks.clips
    values: dict[str, list[Any]] = {"kept": [c.kept for c in rows], "reason": [c.reason for c in rows]}
    values["control_class"] = [c.control_class for c in rows]
    for check in CHECKS:
        values[check] = [_fields(c.answers.get(check)) for c in rows]
        values[f"control_{check}"] = [_fields(c.control.get(check)) for c in rows]
    write_clips(path, [c.clip for c in rows], checks.notes, _SCHEMA, values)


def read_checks(path: Path) -> Checks:
    """Read checks.parquet, kept clips and others.

    Raises:
        SourceError: it cannot be read, or a row contradicts itself; the message names the row.
    """
    file = read_clips(path, _SCHEMA, made_by="mma-bench check")
    values = file.values
    rows = []
    for k, clip in enumerate(file.clips):
        try:
            rows.append(
                CheckedClip(
                    clip,
                    _reason(values["kept"][k], values["reason"][k]),
                    {c: _answer(values[c][k]) for c in CHECKS if values[c][k] is not None},
                    values["control_class"][k],
                    {c: _answer(values[f"control_{c}"][k]) for c in CHECKS if values[f"control_{c}"][k] is not None},
                )
            )
        except ValueError as error:
            raise SourceError(f"{path} row {k}: {error}; make the file anew with `mma-bench check`") from error
    return Checks(rows, file.notes)


def _fields(answer: CheckAnswer | None) -> dict[str, str | None] | None:
    if answer is None:
        return None
    return {"answer": answer.answer, "text": _encodable(answer.text), "error": _encodable(answer.error)}


def _encodable(text: str | None) -> str | None:
    """What a model said may hold half a surrogate pair, which UTF-8 does not."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()


def _answer(fields: Mapping[str, Any]) -> CheckAnswer:
    answer = fields["answer"]
    if answer is not None and answer not in get_args(Verdict):
        raise ValueError(f"answer {answer!r}; expected one of {', '.join(get_args(Verdict))}")
    if (answer is None) == (fields["error"] is None):
        raise ValueError(f"answer {answer!r} with error {fields['error']!r}; expected one of the two")
    return CheckAnswer(answer, fields["text"], fields["error"])


def _reason(kept: bool | None, reason: str | None) -> str:
    if kept is None or bool(kept) == bool(reason):
        raise ValueError(f"kept {kept} with reason {reason!r}; expected a reason exactly where a clip is not kept")
    return reason or ""
