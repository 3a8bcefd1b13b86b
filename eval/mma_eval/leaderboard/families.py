"""What run.json must say of a model, by its family."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """A value that must be there, of the section `model` of run.json."""

    name: str
    expected: str
    is_right: Callable[[Mapping[str, Any]], bool]
    """Given the whole section."""
    remedy: str = "run `mma-bench eval` again, which records it"


@dataclass(frozen=True)
class Family:
    """Models of which the same must be known."""

    fields: tuple[Field, ...]
    libraries: tuple[str, ...] = ()
    mark: str | None = None
    """Of `MARKS`."""


def is_sha256(value: Any) -> bool:
    """Whether a value is the SHA-256 of a file."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _has_pixels(model: Mapping[str, Any]) -> bool:
    size = model.get("size")
    if isinstance(size, list):
        return len(size) == 2 and all(map(_is_positive, size))
    return _is_positive(model.get("min_pixels")) and _is_positive(model.get("max_pixels"))


_DECODING = Field("decoding", "how answers were decoded, such as greedy", lambda m: _is_text(m.get("decoding")))
_FRAMES = Field("fps", "frames per second", lambda m: _is_positive(m.get("fps")))
_LENGTH = Field("max_new_tokens", "how long an answer may be", lambda m: m.get("max_new_tokens") is not None)
_WEIGHTS = Family(
    (
        Field(
            "revision",
            "a commit of the Hub or the digest of a folder, 40 hexadecimal digits",
            lambda m: re.fullmatch("[0-9a-f]{40}", str(m.get("revision"))) is not None,
            "a branch moves: run again into a new folder with --revision COMMIT",
        ),
        Field("dtype", "float32, bfloat16 or float16", lambda m: _is_text(m.get("dtype"))),
        _DECODING,
        _FRAMES,
        Field("size", "height and width of a frame, or min_pixels and max_pixels", _has_pixels),
        _LENGTH,
    ),
    ("torch", "transformers"),
)
FAMILIES: Mapping[str, Family] = {
    "qwen2_5_omni": _WEIGHTS,
    "qwen3_omni_moe": _WEIGHTS,
    "openai": Family(
        (
            _DECODING,
            Field("media", "video or frames", lambda m: m.get("media") in ("video", "frames")),
            Field(
                "fps",
                "frames per second where frames are sent",
                lambda m: m.get("media") == "video" or _is_positive(m.get("fps")),
            ),
            _LENGTH,
        ),
        ("openai",),
        "server",
    ),
    "gemini": Family((_DECODING, _FRAMES, _LENGTH), ("google-genai",), "server"),
    "predictions": Family(
        (Field("sha256", "the SHA-256 of the file of answers", lambda m: is_sha256(m.get("sha256"))),),
        mark="answers only",
    ),
    "constant": Family((), mark="baseline"),
    "random": Family((), mark="baseline"),
}
"""Models that ship with the project, by `model.family` of run.json."""
OWN_CODE = Family(
    (Field("code_sha256", "the SHA-256 of the model's own code", lambda m: is_sha256(m.get("code_sha256"))),),
    mark="own code",
)
"""Every other: a class of somebody's own."""


def family_of(model: Mapping[str, Any]) -> Family:
    """The family of a model, from the section `model` of run.json.

    >>> family_of({"family": "random"}).mark, family_of({"family": "random", "code_sha256": "0" * 64}).mark
    ('baseline', 'own code')
    """
    return OWN_CODE if "code_sha256" in model else FAMILIES.get(str(model.get("family")), OWN_CODE)
