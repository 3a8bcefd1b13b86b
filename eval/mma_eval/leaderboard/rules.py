"""Define the submission rules: questions, limits, marks, and the fields that each model family must record."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from mma_bench.benchmark.conditions import Split
from mma_bench.benchmark.prompts import Variant
from mma_bench.core.records import Json
from mma_eval.leaderboard.submission import Fields

SPLIT: Split = "test"
VARIANT: Variant = "plain"
SEED = 0
"""Only answers with `VARIANT` and `SEED` count; a run may contain others as well."""
REQUIRED_CONDITIONS = ("aligned", "misaligned")
"""Conditions that every entry must answer; scores under other conditions are shown if present."""
SCORE_CONDITION = "misaligned"
"""The main score is the mean accuracy of the visual and the audio question under this condition."""
MAX_ERROR_SHARE = 0.01
"""Largest accepted share of failed questions, which count as wrong. An empty answer is none: it is the model's own."""
MAX_LENGTH = 2_000
"""Maximum length of a published value, such as a system prompt, in characters."""
GREEDY = ("greedy", "temperature 0, seed 0")
"""Values of `model.decoding` that count as greedy decoding."""

SCORE = (
    "mean accuracy of the visual and the audio question under misaligned, an answer that failed counted as wrong (ALL)"
)

MARKS: Mapping[str, str] = {
    "answers only": "made elsewhere and handed in as a file of answers: what made them cannot be repeated from the run",
    "own code": "a class of the submitter's own; the SHA-256 of its file is published, the code is not here",
    "server": "asked through a server; which weights it holds nobody outside can tell",
    "baseline": "answers without looking or listening",
    "sound unknown": "nothing tells whether the sound reached the model",
    "system prompt": "asked with a system prompt, which is published",
    "not greedy": "decoded otherwise than greedily",
    "sound beside": "the sound was sent beside the video, not inside it, where a model interleaves it with the frames",
    "sound in video": "the server read the sound from the video",
    "sound twice": "the sound was sent beside a video that had it too",
}
"""Caveats about an entry, with their explanations."""


class RequiredField(NamedTuple):
    """A required field in the `model` section of run.json; `is_valid` is called with the whole section."""

    name: str
    expected: str
    is_valid: Callable[[Fields], bool]
    remedy: str = "run `mma-bench eval` again to record it"


class Family(NamedTuple):
    """Fields and library versions that runs of a model family must record; `mark` is a key of `MARKS`."""

    fields: tuple[RequiredField, ...] = ()
    libraries: tuple[str, ...] = ()
    mark: str | None = None


def is_sha256(value: Json) -> bool:
    """Return True for a hexadecimal SHA-256 digest."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _digest(name: str, expected: str) -> RequiredField:
    return RequiredField(name, expected, lambda model: is_sha256(model.get(name)))


def _has_text(name: str) -> Callable[[Fields], bool]:
    return lambda model: isinstance(value := model.get(name), str) and bool(value.strip())


def _is_positive(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _has_pixels(model: Fields) -> bool:
    size = model.get("size")
    if not isinstance(size, list):
        size = [model.get("min_pixels"), model.get("max_pixels")]
    return len(size) == 2 and all(map(_is_positive, size))


_DECODING = RequiredField("decoding", "the decoding method, such as greedy", _has_text("decoding"))
_FPS = RequiredField("fps", "frames per second", lambda m: _is_positive(m.get("fps")))
_LENGTH = RequiredField(
    "max_new_tokens", "the maximum length of an answer", lambda m: m.get("max_new_tokens") is not None
)
_WEIGHTS = Family(
    (
        RequiredField(
            "revision",
            "a Hub commit or a folder digest, 40 hexadecimal digits",
            lambda m: re.fullmatch("[0-9a-f]{40}", str(m.get("revision"))) is not None,
            "run `mma-bench eval` again into a new folder with --revision COMMIT, since a branch can change",
        ),
        RequiredField("dtype", "float32, bfloat16 or float16", _has_text("dtype")),
        _DECODING,
        _FPS,
        RequiredField("size", "height and width of a frame, or min_pixels and max_pixels", _has_pixels),
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
            RequiredField("media", "video or frames", lambda m: m.get("media") in ("video", "frames")),
            RequiredField(
                "fps",
                "frames per second, since frames are sent",
                lambda m: m.get("media") == "video" or _is_positive(m.get("fps")),
            ),
            _LENGTH,
        ),
        ("openai",),
        "server",
    ),
    "gemini": Family((_DECODING, _FPS, _LENGTH), ("google-genai",), "server"),
    "predictions": Family((_digest("sha256", "the SHA-256 of the file of answers"),), mark="answers only"),
    "constant": Family(mark="baseline"),
    "random": Family(mark="baseline"),
}
"""Model families shipped with the project, by `model.family` in run.json."""
OWN_CODE = Family((_digest("code_sha256", "the SHA-256 of the model's own code"),), mark="own code")
"""Family of any other model, whose class the submitter supplies."""


def family_of(model: Fields) -> Family:
    """Return the family of a model, given the `model` section of run.json.

    >>> family_of(Fields({"family": "random"})).mark
    'baseline'
    >>> family_of(Fields({"family": "random", "code_sha256": "0" * 64})).mark
    'own code'
    """
    return OWN_CODE if "code_sha256" in model else FAMILIES.get(str(model.get("family")), OWN_CODE)
