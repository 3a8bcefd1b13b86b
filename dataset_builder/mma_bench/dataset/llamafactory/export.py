"""Export the training rows as a dataset for LLaMA-Factory, with the paper's recipe (section 5.1, appendix D).

Each row yields two examples, one per question, that reference media files. Rows with the same stream share one file.
"""

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from mma_bench.benchmark.conditions import Split
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import write_text, writing
from mma_bench.core.records import Json
from mma_bench.dataset.export import LAYOUTS, claimed
from mma_bench.dataset.llamafactory.examples import CONDITIONS, MediaFiles, Repeats, examples_of
from mma_bench.dataset.reading import BuiltDataset, open_built
from mma_bench.dataset.shards import Shard

RECIPE = "train_qwen2_5_omni.yaml"
"""Name of the configuration file for `llamafactory-cli train`."""
DATASET_INFO = LAYOUTS["llamafactory"].last
"""Name of the file that is written last; its presence marks a complete export."""
TRAINED_ON: tuple[Split, ...] = ("train", "validation")
"""Splits that can be exported; tuned models are evaluated on the test split."""


@dataclass(frozen=True)
class LlamaFactoryReport:
    """Numbers of examples and media files in an export."""

    examples: Mapping[Split, Mapping[str, int]]
    """Number of examples by split and condition; the two conditions of a split have equal weight."""
    written: int
    kept: int
    """Number of media files that already existed with the same content."""


def export_llamafactory(
    data: Path,
    out: Path,
    *,
    splits: Sequence[str] | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> LlamaFactoryReport:
    """Write the training rows and the recipe to a folder that LLaMA-Factory can use as its `dataset_dir`.

    - `train.jsonl`, `validation.jsonl`: one example per line. The aligned row of a clip is repeated for each misaligned
      row of the clip (appendix D), so that aligned and misaligned rows have equal weight. A clip without swaps
      (possible in a rebuilt plan) is omitted.
    - `videos/<video_sha256>.mp4`: the copied video stream. LLaMA-Factory reads the audio only from `audios`, so a clip
      and its swaps share one file.
    - `audios/<audio_sha256>.flac`: the audio, 16 kHz mono.
    - `train_qwen2_5_omni.yaml`: the recipe; an existing file is kept.
    - `dataset_info.json`: the list of the exported splits for LLaMA-Factory.

    Existing files with the same content are kept, so an interrupted export resumes.

    Args:
        data: a dataset folder written by `mma-bench build`.
        out: the folder to write.
        splits: the splits to export, from `TRAINED_ON`; None means all that the dataset has.
        overwrite: accept a folder with other content. Files of another export are removed, other files are kept.
        progress: called with the numbers of finished and total rows.

    Raises:
        DataFolderError: `data` is not a complete dataset, or has rows that LLaMA-Factory cannot represent.
        OptionsError: the splits cannot be used for training, or `out` has other content.
        StorageError: the disk is full or cannot be written to.
    """
    dataset = open_built(data)
    shards = _shards(dataset, splits)
    content = {"format": "llamafactory", "dataset_digest": dataset.digest, "splits": list(shards)}
    with claimed(out, content, overwrite=overwrite):
        media = MediaFiles(out)
        total = sum(shard.rows for of_split in shards.values() for shard in of_split)
        progress(0, total)
        done = itertools.count(1)

        def row_done() -> None:
            progress(next(done), total)

        examples = {split: _write_split(dataset, of_split, out, media, row_done) for split, of_split in shards.items()}
        write_recipe(out, validation="validation" in shards)
        write_text(out / DATASET_INFO, json.dumps(_dataset_info(shards), indent=2) + "\n")
    return LlamaFactoryReport(examples, media.written, media.kept)


def _dataset_info(splits: Iterable[Split]) -> dict[str, Json]:
    """Build the content of `dataset_info.json`; the recipe refers to the splits by the names given here."""
    tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
    columns = {name: name for name in ("messages", "videos", "audios")}
    common = {"formatting": "sharegpt", "columns": columns, "tags": tags}
    return {f"mma_bench_{split}": {"file_name": f"{split}.jsonl", **common} for split in splits}


def write_recipe(out: Path, *, validation: bool) -> None:
    """Write the recipe, with a validation split if `validation`; keep an existing file."""
    if (out / RECIPE).exists():
        return  # users edit learning rates and paths in it; resuming an export must keep them
    source = (files("mma_bench") / "data" / f"{RECIPE}.jinja").read_text(encoding="utf-8")
    form = Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True, autoescape=False)
    write_text(out / RECIPE, form.from_string(source).render(validation=validation))


def _shards(dataset: BuiltDataset, wanted: Sequence[str] | None) -> dict[Split, list[Shard]]:
    """Select the shards to write, by split; aligned ones come first, as misaligned rows reuse most of their media."""
    unknown = [s for s in wanted or () if s not in TRAINED_ON]
    if unknown:
        raise OptionsError(
            f"--splits {' '.join(unknown)}: expected {' or '.join(TRAINED_ON)}, the splits that a model may be tuned on"
        )
    if wanted and "train" not in wanted:
        raise OptionsError(f"--splits {' '.join(wanted)}: leaves nothing to train on; add --splits train")
    trained_on = [s for s in dataset.shards if s.condition in CONDITIONS and s.rows]
    there = {split: [s for s in trained_on if s.split == split] for split in TRAINED_ON}
    for split, shards in there.items():
        missing = [c for c in CONDITIONS if not any(s.condition == c for s in shards)]
        if missing and split in (wanted or ("train",)):
            found = sorted({f"{s.condition} rows in {s.split}" for s in dataset.shards})
            raise OptionsError(
                f"{dataset.folder}: no {' or '.join(missing)} rows in the {split} split, but tuning needs both "
                f"aligned and misaligned rows; found {', '.join(found)}. Run `mma-bench build` without --splits and "
                f"--conditions, on a source with {split} clips"
            )
    return {split: shards for split, shards in there.items() if shards and split in (wanted or there)}


def _write_split(
    dataset: BuiltDataset, shards: Sequence[Shard], out: Path, media: MediaFiles, row_done: Callable[[], None]
) -> dict[str, int]:
    repeats = Repeats(shards)
    lines = dict.fromkeys(CONDITIONS, 0)
    path = out / f"{shards[0].split}.jsonl"
    with writing(path) as partial, partial.open("w", newline="\n", encoding="utf-8") as file:
        for shard in shards:
            for record, (video, audio) in media.of(shard):
                times = repeats.of(shard.condition, record["clip_id"])
                for example in examples_of(record, dataset.classes, video, audio, shard.path):
                    file.write((json.dumps(example, ensure_ascii=False) + "\n") * times)
                    lines[shard.condition] += times
                row_done()
    return lines
