"""The rows to train on as a dataset for LLaMA-Factory, with the paper's recipe (section 5.1, appendix D).

Each row becomes two examples, one per question, which name their media; a picture or a sound that several rows have
is one file.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

from jinja2 import Environment, StrictUndefined

from mma_bench.built import BuiltDataset, DataFolderError, Shard, open_built, records
from mma_bench.conditions import Split
from mma_bench.errors import OptionsError
from mma_bench.export_folder import LAYOUTS, claimed, written
from mma_bench.files import write_text, writing
from mma_bench.media.demux import read_recording
from mma_bench.media.mux import mux_mp4
from mma_bench.media.tracks import require_picture
from mma_bench.prompts import PROMPTS
from mma_bench.shard_reader import ShardReader

DATASET_INFO = LAYOUTS["llamafactory"].last
"""Written last: its presence means that the export is complete."""
RECIPE = "train_qwen2_5_omni.yaml"
"""What `llamafactory-cli train` is given."""

TRAINED_ON: tuple[Split, ...] = ("train", "validation")
"""The test split is what a tuned model is measured on."""
CONDITIONS = ("aligned", "misaligned")

_COLUMNS = (
    "id",
    "clip_id",
    "visual_class",
    "audio_class",
    "visual_question",
    "audio_question",
    "video_sha256",
    "audio_sha256",
)
# Where LLaMA-Factory puts media into a text, whoever wrote it.
_PLACEHOLDERS = ("<image>", "<video>", "<audio>")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class LlamaFactoryReport:
    """What an export did."""

    folder: Path
    examples: Mapping[Split, Mapping[str, int]]
    """How many lines per split and condition; the two conditions of a split weigh the same."""
    written: int
    kept: int
    """Media files that were there already with the right content."""


def export_llamafactory(
    data: Path,
    out: Path,
    *,
    splits: Sequence[str] | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> LlamaFactoryReport:
    """Write a folder that LLaMA-Factory trains on: its `dataset_dir`, and the recipe beside it.

    - `train.jsonl`, `validation.jsonl`: an example per line and question. The aligned row of a clip is repeated as
      often as the clip has misaligned ones (appendix D), so that both weigh the same; a clip whose swaps were all
      lost (a rebuilt plan) has no part.
    - `videos/<video_sha256>.mp4`: the picture alone, copied. LLaMA-Factory hears only what `audios` names, so one
      file serves the clip and its swaps.
    - `audios/<audio_sha256>.flac`: the sound, 16 kHz mono.
    - `train_qwen2_5_omni.yaml`, unless there is one, and `dataset_info.json`.

    Files that are there with the right content stay, so that an interrupted export continues.

    Args:
        data: the dataset, as `mma-bench build` made it.
        out: the folder to write.
        splits: of `TRAINED_ON`; None means all that the dataset has.
        overwrite: write into a folder that holds something else. Its other files stay; those of another export go.
        progress: called with the number of rows that are done, and of all.

    Raises:
        DataFolderError: `data` holds no complete dataset, or rows that cannot be written for LLaMA-Factory.
        OptionsError: there is no train split to write, or `out` holds something else.
        StorageError: the disk is full or not ours to write.
    """
    dataset = open_built(data)
    shards = _shards(dataset, splits)
    content = {"format": "llamafactory", "dataset_digest": dataset.digest, "splits": list(shards)}
    with claimed(out, content, overwrite=overwrite):
        media = _Media(out)
        total = sum(shard.rows for of_split in shards.values() for shard in of_split)
        rows = _Counted(progress, total)
        examples = {split: _write_split(dataset, of_split, out, media, rows) for split, of_split in shards.items()}
        _write_recipe(out, validation="validation" in shards)
        write_text(out / DATASET_INFO, json.dumps(_dataset_info(shards), indent=2) + "\n")
    return LlamaFactoryReport(out, examples, media.written, media.kept)


def dataset_name(split: str) -> str:
    """What a split is called in `dataset_info.json`."""
    return f"mma_bench_{split}"


def _shards(dataset: BuiltDataset, wanted: Sequence[str] | None) -> dict[Split, list[Shard]]:
    """The shards to write, per split; aligned rows come first, since theirs are most media of the others."""
    unknown = [s for s in wanted or () if s not in TRAINED_ON]
    if unknown:
        raise OptionsError(
            f"--splits {' '.join(unknown)}: expected {' or '.join(TRAINED_ON)}; the test split is what a tuned "
            "model is measured on"
        )
    if wanted and "train" not in wanted:
        raise OptionsError(f"--splits {' '.join(wanted)}: leaves nothing to train on; add --splits train")
    there = {split: _shards_of(dataset, split) for split in TRAINED_ON}
    for split in TRAINED_ON:
        if split in (wanted or ("train",)):
            _require_both_conditions(dataset, split, there[split])
    return {split: shards for split, shards in there.items() if shards and split in (wanted or there)}


def _shards_of(dataset: BuiltDataset, split: Split) -> list[Shard]:
    return [s for s in dataset.shards if s.split == split and s.condition in CONDITIONS and s.rows]


def _require_both_conditions(dataset: BuiltDataset, split: Split, shards: Sequence[Shard]) -> None:
    missing = [c for c in CONDITIONS if not any(s.condition == c for s in shards)]
    if missing:
        there = sorted({f"{s.condition} rows of {s.split}" for s in dataset.shards})
        raise OptionsError(
            f"{dataset.folder} has no {' and no '.join(missing)} rows of the split {split}, only "
            f"{', '.join(there)}; tuning needs both conditions. Build a dataset that has them: `mma-bench build` "
            f"without --conditions, with --splits {split}, from a source that has train clips"
        )


def _write_split(
    dataset: BuiltDataset, shards: Sequence[Shard], out: Path, media: _Media, rows: _Counted
) -> dict[str, int]:
    repeats = _Repeats(shards)
    lines = dict.fromkeys(CONDITIONS, 0)
    with (
        writing(out / f"{shards[0].split}.jsonl") as partial,
        partial.open("w", newline="\n", encoding="utf-8") as file,
    ):
        for shard in shards:
            for record, (video, audio) in media.of(shard):
                times = repeats.of(shard.condition, record["clip_id"])
                for example in _examples(record, dataset.classes, video, audio, shard.path):
                    _write_lines(file, example, times)
                    lines[shard.condition] += times
                rows.one_more()
    return lines


def _write_lines(file: IO[str], example: Mapping[str, Any], times: int) -> None:
    file.write((json.dumps(example, ensure_ascii=False) + "\n") * times)


def _examples(
    record: Mapping[str, Any], classes: Sequence[str], video: str, audio: str, source: Path
) -> Iterator[dict[str, Any]]:
    """Both questions of a row, each with the class as the answer."""
    for prompt in PROMPTS:
        question, answer = record[f"{prompt}_question"], classes[record[f"{prompt}_class"]]
        for placeholder in _PLACEHOLDERS:
            if placeholder in question or placeholder in answer:
                raise DataFolderError(
                    f"{source}: row {record['id']!r} has {placeholder} in its {prompt} question or answer, where "
                    "LLaMA-Factory would put a file; rename the class and build again"
                )
        yield {
            "messages": [
                {"role": "user", "content": f"<video><audio>{question}"},
                {"role": "assistant", "content": answer},
            ],
            "videos": [video],
            "audios": [audio],
        }


class _Repeats:
    """How often the rows of a split are written."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._rows = {c: Counter[str]() for c in CONDITIONS}
        for shard in shards:
            self._rows[shard.condition].update(r["clip_id"] for r in records(shard, ["clip_id"]))
        self._given = Counter[str]()

    def of(self, condition: str, clip_id: str) -> int:
        """For the next row of a clip: its aligned rows together are written as often as it has misaligned ones."""
        if condition == "misaligned":
            return 1
        nth, self._given[clip_id] = self._given[clip_id], self._given[clip_id] + 1
        return len(range(nth, self._rows["misaligned"][clip_id], self._rows["aligned"][clip_id]))


@dataclass
class _Media:
    """The pictures and sounds of an export, each written when its first row comes."""

    out: Path
    written: int = 0
    kept: int = 0
    _done: set[str] = field(default_factory=set)

    def of(self, shard: Shard) -> Iterator[tuple[dict[str, Any], tuple[str, str]]]:
        """The rows of a shard, without their media, and the files of these."""
        videos, audios = ShardReader(shard, ["video"]), ShardReader(shard, ["audio"])
        try:
            for number, record in enumerate(records(shard, _COLUMNS)):
                video = f"videos/{_digest(record, 'video', shard)}.mp4"
                audio = f"audios/{_digest(record, 'audio', shard)}.flac"
                # Most rows are swaps, whose picture and sound are there by then: their media are not read at all.
                if video not in self._done:
                    name = f"{shard.path}: {record['id']}"
                    self._add(video, _picture_alone(_bytes(videos, number, "video"), name))
                if audio not in self._done:
                    self._add(audio, _bytes(audios, number, "audio"))
                yield record, (video, audio)
        finally:
            videos.close()
            audios.close()

    def _add(self, file: str, data: bytes) -> None:
        new = written(self.out / file, data)
        self.written += new
        self.kept += not new
        self._done.add(file)


@dataclass
class _Counted:
    """Tells how many rows are done."""

    progress: Callable[[int, int], None]
    total: int
    _done: int = 0

    def __post_init__(self) -> None:
        self.progress(0, self.total)

    def one_more(self) -> None:
        self._done += 1
        self.progress(self._done, self.total)


def _picture_alone(mp4: bytes, name: str) -> bytes:
    with read_recording(mp4, name=name) as recording:
        return mux_mp4(require_picture(recording))


def _bytes(reader: ShardReader, number: int, column: str) -> bytes:
    data: bytes = reader.row(number)[column]["bytes"]
    return data


def _digest(record: Mapping[str, Any], column: str, shard: Shard) -> str:
    digest = record[f"{column}_sha256"]
    # It becomes a file's name, and the dataset may come from anywhere.
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise DataFolderError(
            f"{shard.path}: row {record['id']!r} has {column}_sha256 {digest!r}, expected 64 hexadecimal digits; "
            "build or download the dataset again"
        )
    return digest


def _dataset_info(splits: Mapping[Split, Any]) -> dict[str, Any]:
    return {
        dataset_name(split): {
            "file_name": f"{split}.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "messages", "videos": "videos", "audios": "audios"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
            },
        }
        for split in splits
    }


def _write_recipe(out: Path, *, validation: bool) -> None:
    if (out / RECIPE).exists():
        return  # learning rates and paths get changed there; an export that goes on must not undo that
    source = files("mma_bench").joinpath("data", f"{RECIPE}.jinja").read_text(encoding="utf-8")
    form = Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True, autoescape=False)
    write_text(out / RECIPE, form.from_string(source).render(validation=validation))
