"""Open a built dataset and read its rows one at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS, Split
from mma_bench.benchmark.schema import LABEL_COLUMNS, Row
from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Json
from mma_bench.dataset.build_record import BUILD_JSON, BuildRecord, read_build_record
from mma_bench.dataset.shards import DataFolderError, Shard, ShardReader, read_footer, stored_rows

_COLUMNS = [f.name for f in fields(Row)]

# Media are large; only the rows of one batch are in memory at once.
_BATCH_ROWS = 2


@dataclass(frozen=True)
class BuiltDataset:
    """A dataset folder written by `mma-bench build`."""

    folder: Path
    record: BuildRecord
    shards: Sequence[Shard]
    """In the order of `CONDITIONS`, then of `SPLITS`."""

    @property
    def classes(self) -> Sequence[str]:
        """Sorted class names: the options of the questions."""
        return self.record.classes

    @property
    def digest(self) -> str:
        """Digest of all shards; equal digests mean equal rows."""
        return self.record.dataset_digest

    @property
    def drawn(self) -> bool:
        """True for synthetic clips, whose results are never ranked with others."""
        return self.record.drawn

    def select(self, conditions: Sequence[str] | None = None, splits: Sequence[str] | None = None) -> list[Shard]:
        """Return the shards of the given conditions and splits; None selects all.

        Raises:
            OptionsError: a condition or split is not in this dataset, or no shard matches both.
        """
        self._require("--conditions", conditions, {s.condition: None for s in self.shards})
        self._require("--splits", splits, {s.split: None for s in self.shards})
        chosen = [
            s
            for s in self.shards
            if (conditions is None or s.condition in conditions) and (splits is None or s.split in splits)
        ]
        if not chosen:
            raise OptionsError(
                f"{self.folder}: no rows for --conditions {' '.join(conditions or ())} with --splits "
                f"{' '.join(splits or ())}; omit one of these options to select all"
            )
        return chosen

    def rows(self, shard: Shard) -> Iterator[Row]:
        """Yield the rows of a shard with their media, in file order and a few at a time.

        Raises:
            DataFolderError: the file cannot be read.
        """
        for record in stored_rows(shard, _COLUMNS, batch_rows=_BATCH_ROWS):
            yield self._row(record)

    def row(self, shard: Shard, number: int) -> Row:
        """Return the row at index `number` with its media, reading only its row group.

        Raises:
            DataFolderError: the file cannot be read.
        """
        reader = ShardReader(shard, _COLUMNS)
        try:
            return self._row(reader.row(number))
        finally:
            reader.close()

    def _row(self, record: Mapping[str, Json]) -> Row:
        return Row(**{**record, **{label: self._name(record[label]) for label in LABEL_COLUMNS}, **_media(record)})

    def _name(self, label: int | None) -> str | None:
        return None if label is None else self.classes[label]

    def _require(self, option: str, wanted: Sequence[str] | None, there: Mapping[str, None]) -> None:
        unknown = [w for w in wanted or () if w not in there]
        if unknown:
            raise OptionsError(f"{option} {' '.join(unknown)}: not in {self.folder}; available: {', '.join(there)}")


def open_built(folder: Path, *, partly: bool = False, name: str | None = None) -> BuiltDataset:
    """Open a built dataset without reading its media.

    Args:
        folder: the folder.
        partly: whole configs and splits may be missing, as after a partial download.
        name: name of the dataset in messages; by default the folder.

    Raises:
        DataFolderError: the folder is missing or not complete, the dataset was published without clips, or the shards
            do not match build.json.
    """
    record = read_build_record(folder)
    if not record.media:
        where = name or str(folder)
        source = f"{where} --clips clips" if record.funnel else "FOLDER_OF_THE_CLIPS"
        fetch = f"mma-bench fetch {where} --out clips; " if record.funnel else ""
        raise DataFolderError(
            f"{where}: this dataset was published without its clips. To rebuild it with them: {fetch}mma-bench build "
            f"--plan {where} --source {source}"
        )
    shards: list[Shard] = []
    for condition in CONDITIONS:
        for split in SPLITS:
            found = [
                _open_shard(path, condition, split, record)
                for path in sorted((folder / condition).glob(f"{split}-*.parquet"))
            ]
            promised, held = record.rows.get(condition, {}).get(split, 0), sum(s.rows for s in found)
            if held != promised and not (partly and not held):
                raise DataFolderError(
                    f"{folder / condition}: {held} rows of the split {split}, but {BUILD_JSON} declares {promised}; "
                    "files are missing or from another build. Run `mma-bench build` or download the folder again"
                )
            shards += found
    return BuiltDataset(folder, record, tuple(shards))


def _open_shard(path: Path, condition: str, split: Split, record: BuildRecord) -> Shard:
    rows, classes = read_footer(path)
    if classes not in (None, record.classes):
        raise DataFolderError(
            f"{path}: class names differ from the {len(record.classes)} in {BUILD_JSON}; the files are from different "
            "builds. Run `mma-bench build` or download the folder again"
        )
    return Shard(path, condition, split, rows)


def _media(record: Mapping[str, Json]) -> dict[str, bytes]:
    return {column: record[column]["bytes"] for column in ("video", "audio")}
