"""Read and write build.json, the record of what a dataset contains and how it was built."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from mma_bench.benchmark.prompts import LongContext
from mma_bench.core.records import Items, Number, Record, Text, read_record, write_record
from mma_bench.dataset.shards import DataFolderError
from mma_bench.manifest.funnel import Funnel
from mma_bench.verification.record import VerificationRecord

BUILD_JSON = "build.json"
"""Name of the file that a build writes last; its presence marks a complete dataset."""
SCHEMA = 1
"""Version of the format of build.json and of the dataset's columns."""
MADE_BY = "mma-bench build"


# The messages of these validators follow "expected" in the error that names the file.
def _require_some(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("at least one class")
    return names


def _require_hexadecimal(digest: str) -> str:
    if not re.fullmatch("[0-9a-f]{8,}", digest):
        raise ValueError("a digest of at least 8 hexadecimal digits")
    return digest


class LongContextRecord(Record):
    """JSON form of a `benchmark.prompts.LongContext`."""

    tokens: int
    unit: Literal["letters", "words"]
    position: Literal["append", "prepend"]

    def value(self) -> LongContext:
        """Return the record as a `LongContext`."""
        return LongContext(self.tokens, self.unit, self.position)


class RecordedOptions(Record):
    """The build options that determine the rows; equal options and clips give equal rows."""

    mma_bench: Text
    """Version of this package."""
    media_code: int | None = None
    """Version of the code that reads and writes media (`media.MEDIA_CODE`); None in datasets of version 0.1.0."""
    source: Text
    """Source of the clips: `synthetic`, or the last component of its path."""
    conditions: Items[Text]
    splits: Items[Text]
    seed: int
    limit: int | None
    """Maximum number of clips per split; None for all."""
    size: int | None
    """Side of the square training clips in pixels; None for the source's default."""
    seconds: Number
    """Length of training clips in seconds."""
    train_swaps: int
    """Number of donors per train clip."""
    validation: Number | None = None
    """Share of the train clips held out for validation; None for a tenth."""
    long_context: LongContextRecord | None
    """Options of the long_context condition; None for the source's default."""
    plan: Text | None = None
    """Digest of the dataset whose rows were rebuilt; None without --plan."""
    clips_sha256: Text | None = None
    """Digest of the chosen clips: their ids, classes and splits, and their files' sizes and modification times."""


class BuildRecord(Record):
    """The content of build.json."""

    schema_: int = Field(alias="schema")
    options: RecordedOptions
    drawn: bool = False
    """True if the clips are synthetic; results on them are never ranked with results on recordings."""
    classes: Annotated[Items[Text], AfterValidator(_require_some)]
    """Sorted class names: the options of the questions and the names of the ClassLabel columns."""
    long_context: LongContextRecord
    clips: dict[str, int]
    """Number of clips by split."""
    clips_per_class: dict[str, dict[str, int]] = Field(default_factory=dict)
    """Number of clips by split and visual class."""
    attrition: dict[str, int]
    """Number of dropped clips by reason."""
    silent_clips: dict[str, int] | None = None
    """Number of clips without any sound to be heard, by split; None for none. Rows that lend their sound show no
    conflict.
    """
    rows_lost_from_plan: int
    """Number of rows of the rebuilt plan whose clip or donor could not be used."""
    rows_with_other_media: int = 0
    """Number of rows whose video or audio differs from that of the published row with the same id."""
    funnel: Funnel | None = None
    """Clip counts at each step from the first list of clips to the dataset; None if the source has no funnel."""
    verification: VerificationRecord | None = None
    """Model checks and human review of the clips; None if neither was done."""
    rows: dict[str, dict[str, int]]
    """Number of rows by condition and split."""
    bytes: dict[str, dict[str, int]]
    """Uncompressed size of the shards in bytes, by condition and split."""
    config_digests: dict[str, Annotated[str, AfterValidator(_require_hexadecimal)]]
    """Digest of the shards of each condition."""
    dataset_digest: Text
    """Digest of all shards including media; equal digests mean equal rows."""
    versions: dict[str, str]
    """Versions of this package and of the libraries that affect the stored bytes."""
    media: bool = True
    """False if the dataset was published without video and audio."""

    @model_validator(mode="after")
    def _require_sizes(self) -> Self:
        for condition, counts in self.rows.items():
            if counts.keys() - self.bytes.get(condition, {}).keys() or condition not in self.config_digests:
                raise ValueError(
                    f"sizes of all splits of {condition} in `bytes`, and a digest of {condition} in `config_digests`"
                )
        return self

    @property
    def from_audioset(self) -> bool:
        """True if the clips were chosen from AudioSet's lists."""
        return self.funnel is not None and self.funnel.has("listed")


def read_build_record(folder: Path) -> BuildRecord:
    """Read the build.json of a dataset folder.

    Raises:
        DataFolderError: the folder is not a complete dataset, or its build.json is unreadable.
    """
    try:
        return read_record(folder / BUILD_JSON, BuildRecord, made_by=MADE_BY, error=DataFolderError)
    except FileNotFoundError as error:
        state = f"no {BUILD_JSON}, so not a complete dataset" if folder.is_dir() else "no such folder"
        raise DataFolderError(
            f"{folder}: {state}; run `{MADE_BY} --out {folder}` to build it or to resume an interrupted build, or "
            "choose another folder"
        ) from error


def write_build_record(folder: Path, record: BuildRecord) -> None:
    """Write build.json, which marks the dataset in `folder` as complete; errors as in `write_record`."""
    write_record(folder / BUILD_JSON, record)
