"""The rows to train on as a dataset for LLaMA-Factory, with the paper's recipe (section 5.1, appendix D).

Each row becomes two examples, one per question, which name their media; a picture or a sound that several rows have
is one file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mma_bench.benchmark.conditions import Split
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import write_text, writing
from mma_bench.dataset.export_folder import LAYOUTS, claimed
from mma_bench.dataset.llamafactory.examples import CONDITIONS, Repeats, examples_of
from mma_bench.dataset.llamafactory.media_files import MediaFiles
from mma_bench.dataset.llamafactory.recipe import dataset_info, write_recipe
from mma_bench.dataset.reading import BuiltDataset, Shard, open_built

DATASET_INFO = LAYOUTS["llamafactory"].last
"""Written last: its presence means that the export is complete."""
TRAINED_ON: tuple[Split, ...] = ("train", "validation")
"""The test split is what a tuned model is measured on."""


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
        media = MediaFiles(out)
        total = sum(shard.rows for of_split in shards.values() for shard in of_split)
        rows = _Counted(progress, total)
        examples = {split: _write_split(dataset, of_split, out, media, rows) for split, of_split in shards.items()}
        write_recipe(out, validation="validation" in shards)
        write_text(out / DATASET_INFO, json.dumps(dataset_info(shards), indent=2) + "\n")
    return LlamaFactoryReport(out, examples, media.written, media.kept)


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
    dataset: BuiltDataset, shards: Sequence[Shard], out: Path, media: MediaFiles, rows: _Counted
) -> dict[str, int]:
    repeats = Repeats(shards)
    lines = dict.fromkeys(CONDITIONS, 0)
    with (
        writing(out / f"{shards[0].split}.jsonl") as partial,
        partial.open("w", newline="\n", encoding="utf-8") as file,
    ):
        for shard in shards:
            for record, (video, audio) in media.of(shard):
                times = repeats.of(shard.condition, record["clip_id"])
                for example in examples_of(record, dataset.classes, video, audio, shard.path):
                    _write_lines(file, example, times)
                    lines[shard.condition] += times
                rows.one_more()
    return lines


def _write_lines(file: IO[str], example: Mapping[str, Any], times: int) -> None:
    file.write((json.dumps(example, ensure_ascii=False) + "\n") * times)


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
