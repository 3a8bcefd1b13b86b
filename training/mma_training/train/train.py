"""A tuning from its configuration to an adapter repo."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mma_bench.core.errors import first_line
from mma_bench.core.files import write_text
from mma_bench.core.workfolder import WorkFolder, sole_writer
from mma_bench.dataset.reading import BuiltDataset
from mma_bench.dataset.resolve import resolve_dataset
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_training.adapter.provenance import MATTERS, describe_training
from mma_training.adapter.repo import RECORD, write_adapter_repo
from mma_training.config import TrainingConfig
from mma_training.data.features import FeatureStore, encode_streams
from mma_training.data.rows import TuningRow, balanced, examples_of, read_rows
from mma_training.data.streams import ClipReader, distinct_streams
from mma_training.data.tuning_set import EncodedMedia, Media, RawMedia, TuningSet
from mma_training.data.unseen import unseen_classes
from mma_training.errors import ConfigError, TrainingError
from mma_training.train.answer_loss import answers_only
from mma_training.train.checkpoints import remove_broken, remove_but, seconds_of, whole_checkpoints, work_folder
from mma_training.train.lora import attach
from mma_training.train.processes import this_process
from mma_training.train.trainer import last_good, make_trainer
from mma_training.train.validation import plan_validation
from mma_training.train.watch import Progress

STATE = "state.json"
"""In the work folder: what its checkpoints belong to."""


@dataclass(frozen=True)
class Tuned:
    """What a training left behind."""

    folder: Path
    """The adapter repo."""
    record: Mapping[str, Any]
    """Its training.json: configuration, data, counts, validation of the chosen checkpoint."""
    finished_before: bool = False
    """It was there already: nothing was trained."""


def train(
    config: TrainingConfig,
    out: Path,
    *,
    overwrite: bool = False,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Tuned:
    """Train an adapter; called again with the same configuration it continues, or gives what is there.

    Under `accelerate launch` it runs in several processes, with FSDP or DeepSpeed as that is configured.

    Args:
        config: what to do.
        out: the adapter repo to write. Checkpoints are kept beside it, in `<out>.work`.
        overwrite: begin anew where another training is.
        cache: where features of streams are kept; by default in `<out>.work`.
        progress: told the step's name, how much is done, and how much there is.

    Raises:
        ConfigError: it cannot be done with this dataset or machine, or `out` holds another training.
        TrainingError: the loss is no number, memory is not enough, or a checkpoint cannot be written; the last good
            checkpoint stays.
        ModelError: the base cannot be had.
        StorageError: the disk is full.
    """
    processes = this_process()
    if progress is None or not processes.is_main_process:
        progress = _silent
    work = work_folder(out)
    data = resolve_dataset(config.data.name, config.data.conditions, config.data.split)
    unseen = unseen_classes(data.classes, config.data.unseen_classes, config.optimisation.seed)
    rows = read_rows(data, config.data.conditions, config.data.split, unseen=unseen, limit=config.data.limit)
    omni = _base(config, str(processes.device))
    record = describe_training(config, omni, data, rows, unseen)
    with sole_writer(work / STATE) if processes.is_main_process else nullcontext():
        if processes.is_main_process:
            _open(out, work, record, overwrite=overwrite)
        processes.wait_for_everyone()
        if (out / RECORD).exists():
            return Tuned(out, json.loads((out / RECORD).read_text(encoding="utf-8")), finished_before=True)
        sample = plan_validation(_validation_set(config), config.validation, unseen=unseen)
        omni.load()
        with (
            _memory_explained(work),
            _media(config, omni, data, rows, cache or work / "features", progress) as media,
        ):
            tuned = _with_adapter(config, omni, record["base"]["revision"])
            items = TuningSet(_examples(config, rows), media, omni)
            trainer = make_trainer(config, work, omni, tuned, items, sample, progress)
            seconds = _run(trainer, work)
        if processes.is_main_process:
            write_adapter_repo(out, work, config, record, trainer.state, seconds)
        processes.wait_for_everyone()
    return Tuned(out, json.loads((out / RECORD).read_text(encoding="utf-8")))


def _silent(step: str, done: int, total: int) -> None:
    """Only one of several processes tells of its progress."""


def _validation_set(config: TrainingConfig) -> BuiltDataset:
    return resolve_dataset(config.data.name, ("aligned", "misaligned"), config.validation.split)


def _base(config: TrainingConfig, device: str) -> OmniModel:
    if config.optimisation.precision == "fp16" and device == "cpu":
        raise ConfigError("optimisation.precision fp16 needs a GPU; use bf16 or fp32")
    dtype = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}[config.optimisation.precision]
    options = config.base.model_dump(exclude={"name"}) | {"dtype": dtype, "device_map": device}
    model = resolve_model(config.base.name, options)
    if not isinstance(model, OmniModel):
        raise ConfigError(f"base.name {config.base.name}: only Qwen Omni models can be tuned here")
    return model


def _open(out: Path, work: Path, record: Mapping[str, Any], *, overwrite: bool) -> None:
    """Continue this training, refuse another one, or make room for it."""
    finished = WorkFolder(out, "mma-bench train", RECORD, ConfigError)
    unfinished = WorkFolder(work, "mma-bench train", STATE, ConfigError)
    known = next((folder for folder in (finished, unfinished) if folder.is_ours), None)
    if known is None:
        for folder in (finished, unfinished):
            folder.require_ours(allowed=[".*"])
    elif overwrite:
        remove_but(work, [])
        (work / STATE).unlink(missing_ok=True)
        shutil.rmtree(out, ignore_errors=True)
    elif known is finished or whole_checkpoints(work):
        known.require_same(record, known.content(), what="a training", sections=MATTERS)
    write_text(work / STATE, json.dumps(record, indent=1) + "\n")
    remove_broken(work)


def _examples(config: TrainingConfig, rows: Sequence[TuningRow]) -> Any:
    return examples_of(balanced(rows) if config.data.balance else rows, pack=config.optimisation.pack)


@contextmanager
def _media(
    config: TrainingConfig,
    omni: OmniModel,
    data: BuiltDataset,
    rows: Sequence[TuningRow],
    cache: Path,
    progress: Progress,
) -> Iterator[Media]:
    """Where the media of the rows come from; encoders run here, each process on its share of the streams."""
    reader = ClipReader(data, config.data.conditions, config.data.split)
    try:
        if not config.optimisation.cached_features:
            yield RawMedia(omni, reader)
            return
        store, processes = FeatureStore(cache, omni), this_process()
        own = distinct_streams(rows)[processes.process_index :: processes.num_processes]
        encode_streams(omni, own, reader, store, lambda done, total: progress("encoders", done, total))
        processes.wait_for_everyone()
        yield EncodedMedia(omni, store)
    finally:
        reader.close()


def _with_adapter(config: TrainingConfig, omni: OmniModel, revision: str) -> Any:
    import torch

    answers_only(omni.thinker)
    torch.manual_seed(config.optimisation.seed)  # of the adapter's first weights
    on_hub = config.base.name.count("/") == 1 and not Path(config.base.name).exists()
    return attach(omni.thinker, config.lora, base=config.base.name, revision=revision if on_hub else None)


def _run(trainer: Any, work: Path) -> float | None:
    """Train to the end; the seconds that it took, in all its parts."""
    from transformers import TrainerState

    whole = whole_checkpoints(work)
    if whole:
        trainer.seconds_before = seconds_of(whole[-1])
        state = TrainerState.load_from_json(str(whole[-1] / "trainer_state.json"))
        if state.global_step == trainer.args.max_steps:  # it was killed after its last step
            trainer.state = state
            return seconds_of(whole[-1])
    trainer.train(resume_from_checkpoint=str(whole[-1]) if whole else None)
    seconds: float | None = trainer.seconds()
    return seconds


@contextmanager
def _memory_explained(work: Path) -> Iterator[None]:
    """Say what to do where memory is not enough."""
    try:
        yield
    except (RuntimeError, MemoryError, OSError) as error:
        if not _lacks_memory(error):
            raise
        raise TrainingError(
            f"memory is not enough ({first_line(error)}); {last_good(work)}. Set optimisation.gradient_checkpointing "
            "to true and run it again, it continues; or in another --out lower optimisation.batch and raise "
            "optimisation.accumulation"
        ) from error


def _lacks_memory(error: BaseException) -> bool:
    """Whether it says that there is no more: on the device, on the heap, for a mapped file, or for a thread."""
    from accelerate.utils.memory import should_reduce_batch_size

    said = str(error)
    return (
        isinstance(error, MemoryError)
        or should_reduce_batch_size(error)
        or os.strerror(errno.ENOMEM) in said
        or "can't start new thread" in said
    )
