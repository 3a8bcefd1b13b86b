"""Open a built dataset, from a folder or from the Hub, and read its rows one at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path

from mma_bench.benchmark.conditions import CONDITIONS, SPLITS, Split
from mma_bench.benchmark.schema import LABEL_COLUMNS, Row
from mma_bench.core.errors import OptionsError, first_line
from mma_bench.core.records import Json
from mma_bench.core.repo_id import names_a_repository, with_revision
from mma_bench.dataset.build_record import BUILD_JSON, BuildRecord, read_build_record
from mma_bench.dataset.shards import DataFolderError, Shard, ShardReader, read_footer, stored_rows

_COLUMNS = [f.name for f in fields(Row)]


@dataclass(frozen=True)
class BuiltDataset:
    """A dataset folder written by `mma-bench build`."""

    folder: Path
    record: BuildRecord
    shards: Sequence[Shard]
    """The shards, in the order of `CONDITIONS`, then of `SPLITS`."""

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
        """True if the clips are synthetic; results on them are never ranked with results on recordings."""
        return self.record.drawn

    def select(self, conditions: Sequence[str] | None = None, splits: Sequence[str] | None = None) -> list[Shard]:
        """Return the shards of the given conditions and splits; None selects all.

        Raises:
            OptionsError: a condition or split is not in this dataset, or no shard has a given condition and split.
        """
        chosen = list(self.shards)
        for wanted, attribute in ((conditions, "condition"), (splits, "split")):
            there = dict.fromkeys(getattr(s, attribute) for s in self.shards)
            if unknown := [w for w in wanted or () if w not in there]:
                available = ", ".join(there) or "none"
                raise OptionsError(f"{self.folder}: no {attribute} {', '.join(unknown)}; available: {available}")
            chosen = [s for s in chosen if wanted is None or getattr(s, attribute) in wanted]
        if not chosen:
            raise OptionsError(
                f"{self.folder}: no rows of {' or '.join(conditions or ('any condition',))} in "
                f"{' or '.join(splits or ('any split',))}; choose other conditions or splits"
            )
        return chosen

    def rows(self, shard: Shard) -> Iterator[Row]:
        """Yield the rows of a shard with their media, in file order; errors as in `stored_rows`."""
        # Media are large; only the rows of one batch are in memory at once.
        return map(self._row, stored_rows(shard, _COLUMNS, batch_rows=2))

    def row(self, shard: Shard, number: int) -> Row:
        """Return the row at index `number` with its media, reading only its row group; errors as in `stored_rows`."""
        with closing(ShardReader(shard, _COLUMNS)) as reader:
            return self._row(reader.row(number))

    def _row(self, record: Mapping[str, Json]) -> Row:
        labels = {column: record[column] for column in LABEL_COLUMNS}
        names = {column: None if label is None else self.classes[label] for column, label in labels.items()}
        return Row(**{**record, **names, **{column: record[column]["bytes"] for column in ("video", "audio")}})


def resolve_dataset(where: str, conditions: Sequence[str] | None = None, split: str = "test") -> BuiltDataset:
    """Open a dataset folder, or download the given conditions of one split from the Hub and open them.

    Args:
        where: a folder, or `org/name` or `org/name@revision` on the Hub. An existing folder takes precedence.
        conditions: the required conditions; None means all.
        split: the required split.

    Raises:
        DataFolderError: there is no such dataset, or it is not complete.
    """
    if not names_a_repository(where):
        return open_built(Path(where))
    return open_built(_download(where, conditions or tuple(CONDITIONS), split), partly=True, name=where)


def _download(where: str, conditions: Sequence[str], split: str) -> Path:
    from huggingface_hub import snapshot_download

    patterns = [BUILD_JSON, *(f"{condition}/{split}-*.parquet" for condition in conditions)]
    try:
        name, revision = with_revision(where)
        return Path(snapshot_download(name, repo_type="dataset", revision=revision, allow_patterns=patterns))
    except Exception as error:  # the Hub's client also raises errors of its HTTP library
        raise DataFolderError(
            f"--data {where}: no such folder, and the download from the Hub failed ({first_line(error)}); check the "
            "name and the connection, or build a dataset with `mma-bench build`"
        ) from error


def open_built(folder: Path, *, partly: bool = False, name: str | None = None) -> BuiltDataset:
    """Open a built dataset without reading its media.

    Args:
        folder: a dataset folder written by `mma-bench build`.
        partly: accept that whole conditions or splits are missing, as after a partial download.
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
    for condition, split in product(CONDITIONS, SPLITS):
        paths = sorted((folder / condition).glob(f"{split}-*.parquet"))
        found = [_open_shard(path, condition, split, record) for path in paths]
        promised, held = record.rows.get(condition, {}).get(split, 0), sum(s.rows for s in found)
        if held != promised and not (partly and not held):
            raise DataFolderError(
                f"{folder / condition}: {held} rows in the {split} split, but {BUILD_JSON} declares {promised}; "
                "files are missing or from another build. Build or download the dataset again"
            )
        shards += found
    return BuiltDataset(folder, record, tuple(shards))


def _open_shard(path: Path, condition: str, split: Split, record: BuildRecord) -> Shard:
    rows, classes = read_footer(path)
    if classes not in (None, record.classes):
        raise DataFolderError(
            f"{path}: its class names differ from the {len(record.classes)} in {BUILD_JSON}; the files are from "
            "different builds. Build or download the dataset again"
        )
    return Shard(path, condition, split, rows)
