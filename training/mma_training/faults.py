"""Translate pydantic's validation errors into messages about YAML keys and values."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

_EXPECTED: Mapping[str, str] = {
    "tuple_type": "a list",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "finite_number": "a finite number",
    "too_short": "a non-empty list",
}
"""The expected value, by pydantic's error type."""
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}
_ONE_OF_SEVERAL = {"data.unseen_classes": "a number or a list of classes"}
"""The expected value of keys with several types, for each of which pydantic reports an error."""


def faults(errors: Sequence[ErrorDetails], configuration: Any) -> list[str]:
    """Describe each fault in one line.

    Args:
        errors: pydantic's errors.
        configuration: the configuration's pydantic class.
    """
    found: dict[str, str] = {}
    for error in errors:
        place = ".".join(str(part) for part in error["loc"])
        several = next((name for name in _ONE_OF_SEVERAL if place.startswith(f"{name}.")), None)
        if several is not None:
            found.setdefault(several, _expected(several, error["input"], _ONE_OF_SEVERAL[several]))
        elif error["type"] != "too_short" or not error["input"]:  # else one of its items is already listed
            found.setdefault(place or str(error["ctx"]["error"]), _fault(place, error, configuration))
    return list(found.values())


def _fault(place: str, error: ErrorDetails, configuration: Any) -> str:
    if error["type"] == "extra_forbidden":
        return _unknown(place, str(error["loc"][-1]), _keys(configuration, error["loc"][:-1]))
    if error["type"] == "missing":
        return f"{place}: missing"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "model_type":
        keys = ", ".join(_keys(configuration, error["loc"]))
        return _expected(place, error["input"], f"a section with keys {keys}")
    if error["type"] in _BOUNDS:
        words, bound = _BOUNDS[error["type"]]
        return _expected(place, error["input"], f"{words} {error['ctx'][bound]:g}")
    usual = error["msg"].removeprefix("Input should be ")
    return _expected(place, error["input"], _EXPECTED.get(error["type"], usual))


def _unknown(place: str, key: str, known: Sequence[str]) -> str:
    close = get_close_matches(key, known, n=1)
    meant = f"did you mean {close[0]}? Expected" if close else "expected"
    return f"{place}: unknown key; {meant} one of {', '.join(known)}"


def _keys(configuration: Any, place: Sequence[Any]) -> list[str]:
    section = configuration
    for part in place:
        section = section.model_fields[str(part)].annotation
    return list(section.model_fields)


def _expected(place: str, found: Any, expected: str) -> str:
    # Show lists as in YAML; the validated form has tuples.
    shown = "empty" if found is None else f"{list(found) if isinstance(found, tuple) else found!r} is invalid"
    return f"{place}: {shown}; expected {expected}"
