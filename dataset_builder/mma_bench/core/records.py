"""Records: frozen, validated types for this project's JSON files.

A record documents every field of its file. Reading is strict: no value is coerced, and NaN, infinities and duplicate
keys are rejected. Unknown keys survive a round trip, since models and other tools add their own.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic.functional_validators import InstanceOf, ModelWrapValidatorHandler
from pydantic_core import PydanticCustomError

from mma_bench.core.differences import shortened
from mma_bench.core.errors import MMABenchError
from mma_bench.core.files import write_text

Item = TypeVar("Item")


def _number(value: object) -> object:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return value
    except OverflowError:  # an integer beyond any float
        pass
    raise PydanticCustomError("number", "a number")


def _utf8(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise PydanticCustomError("string_unicode", "a string that UTF-8 can encode") from error
    return value


Text = Annotated[str, InstanceOf()]
"""Any string. Unlike pydantic's `str`, it accepts lone surrogates, which models' answers may contain."""
Utf8Text = Annotated[str, AfterValidator(_utf8)]
"""A string without lone surrogates, safe to write to a card or page."""
Number = Annotated[int | float, PlainValidator(_number)]
"""A finite JSON number. An integer stays an integer, so that 2 is written as 2."""
Items = Annotated[
    tuple[Item, ...],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
    PlainSerializer(list),
]
"""A JSON list, as a tuple."""
Json = Any
"""A JSON value without a schema, such as an option of a third-party model."""

_EXPECTED = {
    "model_type": "an object",
    "dict_type": "an object",
    "tuple_type": "a list",
    "is_instance_of": "a string",
    "string_type": "a string",
    "string_unicode": "a string without lone surrogates",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "none_required": "null",
}
"""Expected JSON type by pydantic error type; other errors keep pydantic's message."""


class RecordError(MMABenchError):
    """A JSON file does not contain the expected record."""


class Record(BaseModel):
    """Base class of records: frozen, strict, open to unknown keys.

    Rewriting a record keeps the order of its keys and adds no absent optional key.
    """

    model_config = ConfigDict(
        frozen=True, strict=True, extra="allow", allow_inf_nan=False, populate_by_name=True, protected_namespaces=()
    )

    MIGRATIONS: ClassVar[Mapping[int, Callable[[dict[str, Json]], dict[str, Json]]]] = {}
    """Functions that migrate the JSON to its next version, by the version (key `schema`) that they apply to."""

    _ALIASES: ClassVar[Mapping[str, str]] = {}
    _keys: tuple[str, ...] = PrivateAttr(())

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._ALIASES = {name: field.alias for name, field in cls.model_fields.items() if field.alias}

    @classmethod
    def from_json(cls, value: object, *, where: str, made_by: str, error: type[MMABenchError] = RecordError) -> Self:
        """Validate a parsed JSON value as a record; messages name its origin `where` and the command `made_by`.

        Raises an error of type `error` that names the origin, the key, what was expected and what was found.
        """
        try:
            while isinstance(value, dict) and (migrate := cls.MIGRATIONS.get(_version(value))):
                value = migrate(value)
            return cls.model_validate(value)
        except (ValidationError, RecursionError) as cause:
            raise error(f"{where}: {_explain(cause)}; expected a file written by `{made_by}`") from cause

    def as_json(self) -> dict[str, Json]:
        """Return the explicitly set fields as JSON values, in the order in which they were set."""
        found: dict[str, Json] = self.model_dump(mode="python", by_alias=True, exclude_unset=True)
        return found

    def with_(self, **changes: object) -> Self:
        """Return a validated copy with the named fields replaced."""
        values = {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
        copy = type(self).model_validate({**values, **(self.__pydantic_extra__ or {}), **changes})
        copy._keys = (*self._keys, *(k for k in copy._keys if k not in self._keys))
        return copy

    def without(self, *names: str) -> Self:
        """Return a copy without the named optional fields."""
        kept = {name: value for name, value in self if name in self.model_fields_set and name not in names}
        copy = type(self).model_validate(kept)
        copy._keys = tuple(key for key in self._keys if key in copy._keys)
        return copy

    @model_validator(mode="wrap")
    @classmethod
    def _remember_order(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        made = validate(value)
        if isinstance(value, Mapping):
            made._keys = tuple(cls._ALIASES.get(str(key), str(key)) for key in value)
        return made

    @model_serializer(mode="wrap")
    def _in_order(self, dump: SerializerFunctionWrapHandler) -> dict[str, Json]:
        found: dict[str, Json] = dump(self)
        return {key: found[key] for key in dict.fromkeys((*self._keys, *found)) if key in found}


RecordType = TypeVar("RecordType", bound=Record)


def read_record(
    path: Path, kind: type[RecordType], *, made_by: str, error: type[MMABenchError] = RecordError
) -> RecordType:
    """Read a JSON file as a record; `made_by` is the command that writes such files, for messages.

    Raises:
        FileNotFoundError: there is no such file; the caller decides whether that is an error.
        MMABenchError: of type `error`; the file cannot be read or does not contain such a record.
    """
    expected = f"expected a file written by `{made_by}`"
    try:
        value = parse_json(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as cause:
        raise error(f"{path}: cannot be read ({cause.strerror}); expected a readable file from `{made_by}`") from cause
    except ValueError as cause:
        raise error(f"{path}: not JSON ({cause}); {expected}") from cause
    return kind.from_json(value, where=str(path), made_by=made_by, error=error)


def write_record(path: Path, record: Record) -> None:
    """Write a record as indented JSON, atomically. Raises StorageError if the file cannot be written."""
    write_text(path, record_text(record))


def record_text(record: Record) -> str:
    """Serialise a record to indented JSON, as `write_record` stores it."""
    return json.dumps(record.as_json(), indent=1, ensure_ascii=False) + "\n"


def parse_json(text: str | bytes) -> Any:
    """Parse JSON strictly: NaN, infinities, duplicate keys and excessive nesting are rejected.

    Raises ValueError if the text is not strict JSON; the message says why.

    >>> parse_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: duplicate key 'a'
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_finite, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"duplicate key {twice!r}")
    return found


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text[:40]} is not a finite number")
    return value


def _version(value: Mapping[str, Json]) -> int:
    version = value.get("schema")
    return version if type(version) is int else 0


def _explain(error: ValidationError | RecursionError) -> str:
    """Describe the first validation error: its location, the expected and the actual value.

    Further errors are omitted, since every member of a union reports its own.
    """
    if isinstance(error, RecursionError):
        return "nested too deeply"
    first = error.errors(include_url=False)[0]
    place = _place(first["loc"])
    if first["type"] == "missing":
        return f"no {place}"
    expected = _EXPECTED.get(first["type"], first["msg"].removeprefix("Input should be ").removeprefix("Value error, "))
    at = f"{place}: " if place else ""
    return f"{at}expected {expected}, found {shortened(first['input'])}"


def _place(location: Sequence[int | str]) -> str:
    """Format the path to a value.

    >>> _place(("cells", 3, "n"))
    'cells[3].n'
    """
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
