"""Train an adapter from a configuration, and write a folder ready for the Hub."""

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mma_bench import __version__
from mma_bench.builder.options import build_command
from mma_bench.core.records import parse_json
from mma_bench.core.workfolder import WorkFolder, sole_writer
from mma_bench.dataset.reading import BuiltDataset, resolve_dataset
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_training.adapter.folder import public_name, write_adapter
from mma_training.adapter.record import TRAINING, TrainingDescription, TrainingRecord, read_training, write_training
from mma_training.config import TrainingConfig
from mma_training.data.features import ClipReader, FeatureStore, distinct_streams, encode_streams
from mma_training.data.rows import TuningRow, balanced, examples_of, read_rows, unseen_classes
from mma_training.data.tuning_set import EncodedMedia, Media, RawMedia, TuningSet
from mma_training.errors import ConfigError
from mma_training.train.answer_loss import answers_only
from mma_training.train.checkpoints import (
    complete_checkpoints,
    explained_out_of_memory,
    remove_except,
    remove_incomplete,
    seconds_until,
    work_folder,
)
from mma_training.train.lora import attach
from mma_training.train.trainer import ShowProgress, make_trainer, this_process
from mma_training.train.validation import plan_validation

STATE = "state.json"
"""File in the work folder that describes the training that wrote the checkpoints."""
_RESUME_KEYS = ("config", "base", "data", "versions", "processes")
"""Sections of the training description that must be unchanged for training to resume."""
_NOT_RECORDED: Any = {"report_to": True, "data": {"name"}, "base": {"name"}, "optimisation": {"gradient_checkpointing"}}
"""Settings that do not affect the weights and may change when a training resumes."""
_LIBRARIES = ("torch", "transformers", "peft", "accelerate", "av", "numpy")


def train(
    config: TrainingConfig,
    out: Path,
    *,
    overwrite: bool = False,
    cache: Path | None = None,
    progress: ShowProgress | None = None,
) -> TrainingRecord:
    """Train an adapter, or resume its interrupted training; if it is finished, return its record.

    Runs distributed under `accelerate launch`, with FSDP or DeepSpeed if its configuration says so.

    Args:
        config: base model, training rows and hyperparameters.
        out: the adapter's folder; checkpoints are written to `<out>.work`.
        overwrite: replace the results of an earlier training in `out`.
        cache: folder for the encoders' features; by default in `<out>.work`.
        progress: called with the name of the current stage, the number of finished items and their total.

    Raises:
        ConfigError: the configuration does not fit the dataset or machine, or `out` contains a different training.
        TrainingError: rows are missing, the loss is NaN or infinite, memory runs out, or a checkpoint cannot be
            written; the last complete checkpoint is kept.
        ModelError: the base cannot be loaded.
        StorageError: the disk is full.
    """
    processes = this_process()
    is_main = processes.is_main_process
    show: ShowProgress = progress if progress and is_main else lambda step, done, total: None
    data = resolve_dataset(config.data.name, config.data.conditions, config.data.split)
    unseen = unseen_classes(data.classes, config.data.unseen_classes, config.optimisation.seed)
    rows = read_rows(data, config.data.conditions, config.data.split, unseen=unseen, limit=config.data.limit)
    omni = _resolve_base(config, str(processes.device))
    description = _describe(config, omni, data, rows, unseen)

    work = work_folder(out)
    with sole_writer(work / STATE) if is_main else nullcontext():
        if is_main:
            _claim(out, work, description, overwrite=overwrite)
        processes.wait_for_everyone()
        if (out / TRAINING).exists():
            return read_training(out)

        validation_data = resolve_dataset(config.data.name, ("aligned", "misaligned"), config.validation.split)
        sample = plan_validation(validation_data, config.validation, unseen=unseen)
        omni.load()
        with (
            explained_out_of_memory(work),
            closing(ClipReader(data, config.data.conditions, config.data.split)) as reader,
        ):
            media: Media = RawMedia(omni, reader)
            if config.optimisation.cached_features:
                media = _encoded_media(omni, rows, reader, cache or work / "features", show)
            tuned = _attach_adapter(config, omni, description.base.revision)
            examples = examples_of(balanced(rows) if config.data.balance else rows, pack=config.optimisation.pack)
            trainer = make_trainer(config, work, omni, tuned, TuningSet(examples, media, omni), sample, show)
            seconds = _run(trainer, work)

        if is_main:
            write_adapter(out, work, config, description, trainer.state, seconds)
        processes.wait_for_everyone()
    return read_training(out)


def _resolve_base(config: TrainingConfig, device: str) -> OmniModel:
    if config.optimisation.precision == "fp16" and device == "cpu":
        raise ConfigError("optimisation.precision fp16 needs a GPU; use bf16 or fp32")
    dtype = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}[config.optimisation.precision]
    options = config.base.model_dump(exclude={"name"}) | {"dtype": dtype, "device_map": device}
    model = resolve_model(config.base.name, options)
    if not isinstance(model, OmniModel):
        raise ConfigError(f"base.name {config.base.name}: not trainable; expected a Qwen Omni model")
    return model


def _describe(
    config: TrainingConfig, omni: OmniModel, data: BuiltDataset, rows: Sequence[TuningRow], unseen: Sequence[str]
) -> TrainingDescription:
    """Describe a training before it starts, so that it can be identified, resumed and reproduced."""
    local = Path(config.data.name).is_dir()
    described = {
        "config": config.model_dump(mode="json", exclude=_NOT_RECORDED),
        "base": {k: v for k, v in omni.describe().items() if k not in ("adapter", "decoding", "max_new_tokens")},
        "dataset": public_name(config.data.name),
        "dataset_built_by": build_command(data.record.options, data.folder.resolve().name) if local else None,
        "data": {
            "digest": data.digest,
            "source": "synthetic" if data.drawn else "recordings",
            "rows": dict(Counter(row.condition for row in rows)),
            "clips": len({row.clip_id for row in rows}),
            "seen_classes": [name for name in data.classes if name not in unseen],
            "unseen_classes": list(unseen),
        },
        "processes": this_process().num_processes,
        "versions": {"mma-bench": __version__, **{name: version(name) for name in _LIBRARIES}},
    }
    as_read = parse_json(json.dumps(described))  # lists replace tuples, so that it compares equal to the file
    return TrainingDescription.from_json(as_read, where=config.base.name, made_by="mma-bench train")


def _claim(out: Path, work: Path, description: TrainingDescription, *, overwrite: bool) -> None:
    """Prepare the folders for this training; raise ConfigError if they contain a different one, unless `overwrite`."""
    folders = (
        WorkFolder(out, "mma-bench train", TRAINING, ConfigError),
        WorkFolder(work, "mma-bench train", STATE, ConfigError),
    )
    known = next((folder for folder in folders if folder.is_ours), None)
    if known is None:
        for folder in folders:
            folder.require_ours(allowed=[".*"])
    elif overwrite:
        remove_except(work, [])
        (work / STATE).unlink(missing_ok=True)
        shutil.rmtree(out, ignore_errors=True)
    elif known is folders[0] or complete_checkpoints(work):
        known.require_same(description.as_json(), known.content(), what="a training", sections=_RESUME_KEYS)
    write_training(work / STATE, description)
    remove_incomplete(work)


def _encoded_media(
    omni: OmniModel, rows: Sequence[TuningRow], reader: ClipReader, cache: Path, show: ShowProgress
) -> EncodedMedia:
    """Encode the streams of the rows that are not yet in the cache, divided among the processes."""
    store, processes = FeatureStore(cache, omni), this_process()
    streams = distinct_streams(rows)[processes.process_index :: processes.num_processes]
    encode_streams(omni, streams, reader, store, lambda done, total: show("encoders", done, total))
    processes.wait_for_everyone()
    return EncodedMedia(omni, store)


def _attach_adapter(config: TrainingConfig, omni: OmniModel, revision: str | None) -> Any:
    import torch

    answers_only(omni.thinker)
    torch.manual_seed(config.optimisation.seed)  # seeds the adapter's initial weights
    on_hub = config.base.name.count("/") == 1 and not Path(config.base.name).exists()
    return attach(omni.thinker, config.lora, base=config.base.name, revision=revision if on_hub else None)


def _run(trainer: Any, work: Path) -> float | None:
    """Train from the last complete checkpoint to the end; return the training time in seconds over all runs."""
    from transformers import TrainerState

    last = next(reversed(complete_checkpoints(work)), None)
    if last is not None:
        trainer.seconds_before = seconds_until(last)
        state = TrainerState.load_from_json(str(last / "trainer_state.json"))
        if state.global_step == trainer.args.max_steps:  # interrupted after the last step
            trainer.state = state
            return seconds_until(last)
    trainer.train(resume_from_checkpoint=None if last is None else str(last))
    seconds: float | None = trainer.seconds()
    return seconds
