"""transformers' Trainer with what is ours: the loss, the validation, the order, and checkpoints that are whole."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from mma_bench.core.errors import first_line
from mma_bench.core.files import storage_error
from mma_eval.models.adapter import ADAPTER_WEIGHTS
from mma_eval.models.omni import OmniModel
from mma_eval.run.plan import EvalPlan
from mma_training.config import TrainingConfig
from mma_training.data.length_groups import length_grouped_class
from mma_training.data.tuning_set import TuningSet, collate
from mma_training.errors import ConfigError, TrainingError
from mma_training.train.answer_loss import answer_loss
from mma_training.train.checkpoints import mark_whole, remove_but, whole_checkpoints
from mma_training.train.processes import this_process
from mma_training.train.validation import accuracies, validate
from mma_training.train.watch import Progress, watch_class
from mma_training.train.whole_weights import require_whole_weights, whole_weights

_LOGGED = 100
"""Losses in the log of a training, about."""


def make_trainer(
    config: TrainingConfig,
    work: Path,
    omni: OmniModel,
    tuned: Any,
    items: TuningSet,
    sample: EvalPlan,
    progress: Progress,
) -> Any:
    """A Trainer for one tuning.

    Args:
        config: of it.
        work: where checkpoints, log and picture are written.
        omni: loaded; `tuned` is its thinker with the adapter.
        tuned: a PeftModel.
        items: to learn from.
        sample: to validate with.
        progress: told of steps.
    """
    from transformers import PrinterCallback

    arguments = _arguments(config, work, len(items))
    _require_loggers(config.report_to)
    trainer = _trainer_class()(
        validation=partial(_validated, omni, sample),
        lengths=items.lengths if config.optimisation.group_by_length else None,
        model=tuned,
        args=arguments,
        train_dataset=items,
        eval_dataset=[],  # `validation` has its own
        data_collator=partial(collate, pad=omni.processor.tokenizer.pad_token_id),
        compute_loss_func=answer_loss,
    )
    require_whole_weights(trainer)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(watch_class()(work, progress, trainer))
    return trainer


def _require_loggers(report_to: Sequence[str]) -> None:
    from transformers.integrations import get_reporting_integration_callbacks

    for name in report_to:
        try:
            get_reporting_integration_callbacks([name])[0]()
        except (ImportError, RuntimeError, ValueError) as error:
            raise ConfigError(f"report_to: {name} cannot be used ({first_line(error)})") from error


def last_good(folder: str | Path) -> str:
    """What there is to go on from, in words."""
    there = whole_checkpoints(Path(folder))
    return f"the last good checkpoint is {there[-1]}" if there else "there is no checkpoint yet"


def _arguments(config: TrainingConfig, work: Path, items: int) -> Any:
    import torch
    from transformers import TrainingArguments

    o, gpu = config.optimisation, torch.cuda.is_available()
    per_epoch = max(1, math.ceil(math.ceil(items / (o.batch * this_process().num_processes)) / o.accumulation))
    steps = math.ceil(per_epoch * o.epochs)
    every = math.ceil(steps / config.validation.times)
    arguments = TrainingArguments(
        output_dir=str(work),
        max_steps=steps,
        per_device_train_batch_size=o.batch,
        gradient_accumulation_steps=o.accumulation,
        learning_rate=o.learning_rate,
        lr_scheduler_type=o.schedule,
        warmup_steps=round(o.warmup * steps),
        weight_decay=o.weight_decay,
        adam_beta2=o.adam_beta2,
        max_grad_norm=o.max_grad_norm,
        bf16=o.precision == "bf16",
        fp16=o.precision == "fp16",
        activation_checkpointing=o.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False} if o.gradient_checkpointing else None,
        seed=o.seed,
        data_seed=o.seed,
        use_cpu=not gpu,
        dataloader_pin_memory=gpu,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        metric_for_best_model="accuracy",
        greater_is_better=True,
        logging_steps=max(1, steps // _LOGGED),
        logging_nan_inf_filter=False,
        report_to=list(config.report_to) or "none",
        disable_tqdm=True,
        remove_unused_columns=False,
    )
    arguments._n_gpu = min(1, arguments.n_gpu)  # one process is one GPU: DataParallel would cut our batches wrongly
    return arguments


def _validated(omni: OmniModel, sample: EvalPlan, trainer: Any) -> Mapping[str, float]:
    """Each process answers its share; all get the accuracies of the whole sample."""
    from accelerate.utils import gather_object

    processes = trainer.accelerator
    omni.thinker.eval()
    with whole_weights(trainer):
        own = validate(omni, sample, part=processes.process_index, parts=processes.num_processes)
    return accuracies(gather_object(own) if processes.num_processes > 1 else own)


@cache
def _trainer_class() -> Any:
    """The subclass; made when it is asked for, since transformers takes seconds to import."""
    import torch
    from safetensors import SafetensorError
    from transformers import Trainer

    class TuningTrainer(Trainer):  # type: ignore[misc]
        """Trains an adapter."""

        def __init__(
            self,
            *,
            validation: Callable[[Any], Mapping[str, float]],
            lengths: Callable[[], Sequence[int]] | None,
            **arguments: Any,
        ) -> None:
            super().__init__(**arguments)
            self._validation, self._lengths = validation, lengths
            self.sampler: Any = None
            self.seconds_before: float | None = 0.0
            self._began = time.monotonic()

        def seconds(self) -> float | None:
            """Of training so far, and before interruptions; what an interruption undid does not count."""
            before = self.seconds_before
            return None if before is None else round(before + time.monotonic() - self._began, 1)

        def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
            """Accuracies of the fixed sample, 0 to 1."""
            self._require_finite_weights()
            metrics = {f"eval_{name}": value for name, value in self._validation(self).items()}
            self.log(metrics)
            self.control: Any = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
            return metrics

        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            """A step; a loss that is no number ends the training before it is learnt from."""
            loss = super().training_step(*args, **kwargs)
            if not math.isfinite(loss.item()):
                raise self._diverged(f"step {self.state.global_step + 1}: the loss is {loss.item()}")
            return loss

        def _require_finite_weights(self) -> None:
            """A gradient that is no number spoils weights while the loss before it was one."""
            for name, weight in self.model.named_parameters():
                if weight.requires_grad and not torch.isfinite(weight).all():
                    raise self._diverged(f"step {self.state.global_step}: {name} is no longer finite")

        def _diverged(self, what: str) -> TrainingError:
            return TrainingError(
                f"{what}; {last_good(self.args.output_dir)}. In another --out, lower optimisation.learning_rate or use "
                "precision bf16 in place of fp16"
            )

        def _get_train_sampler(self, *args: Any, **kwargs: Any) -> Any:
            if self._lengths is None:
                return super()._get_train_sampler(*args, **kwargs)
            batch = self.args.per_device_train_batch_size * self.accelerator.num_processes
            self.sampler = length_grouped_class()(self._lengths(), batch, self.args.seed)
            return self.sampler

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            folder = Path(self.args.output_dir)
            checkpoint = folder / f"checkpoint-{self.state.global_step}"
            try:
                super()._save_checkpoint(model, trial)
            except OSError as error:
                raise storage_error(checkpoint, error) from error
            except (SafetensorError, RuntimeError) as error:  # torch's writer raises the latter
                if isinstance(error, RuntimeError) and "PytorchStreamWriter" not in str(error):
                    raise
                raise TrainingError(
                    f"{checkpoint}: cannot be written ({first_line(error)}); {last_good(folder)}. Is the disk full?"
                ) from error
            if self.args.should_save and not (checkpoint / ADAPTER_WEIGHTS).exists():
                raise TrainingError(
                    f"{checkpoint}: holds no {ADAPTER_WEIGHTS}; with FSDP set fsdp_state_dict_type to FULL_STATE_DICT"
                )
            self.accelerator.wait_for_everyone()
            if self.args.should_save:
                mark_whole(checkpoint, self.state.global_step, self.seconds())
                remove_but(folder, [checkpoint, folder / f"checkpoint-{self.state.best_global_step}"])
            self.accelerator.wait_for_everyone()

    return TuningTrainer
