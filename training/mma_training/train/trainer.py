"""Extend transformers' Trainer with our loss, validation, resumable sampling and complete checkpoints."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from mma_bench.core.errors import first_line
from mma_bench.core.files import storage_error
from mma_eval.models.checkpoints import ADAPTER_WEIGHTS
from mma_eval.models.omni import OmniModel
from mma_eval.run.plan import EvalPlan
from mma_training.adapter.curves import draw_curves, write_log
from mma_training.config import TrainingConfig
from mma_training.data.tuning_set import TuningSet, collate, length_grouped_sampler_class
from mma_training.errors import ConfigError, TrainingError
from mma_training.train.answer_loss import answer_loss
from mma_training.train.checkpoints import last_good, mark_complete, remove_except
from mma_training.train.validation import require_supported_sharding, validate

ShowProgress = Callable[[str, int, int], None]
"""Callback that receives the name of the current stage, the number of finished items and their total."""
_LOGGED_LOSSES = 100  # approximately, per training


def this_process() -> Any:
    """Return accelerate's PartialState, with this process's rank and device, with or without a launcher."""
    import torch
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available())  # without it, processes on CPUs would not join


def make_trainer(
    config: TrainingConfig,
    work: Path,
    omni: OmniModel,
    tuned: Any,
    items: TuningSet,
    sample: EvalPlan,
    show: ShowProgress,
) -> Any:
    """Build the Trainer for `tuned`, a PeftModel around the thinker of `omni`; it writes its files to `work`.

    Raises ConfigError if a tracker in `report_to` is unusable, or if validation does not support the sharding.
    """
    from transformers import PrinterCallback
    from transformers.integrations import get_reporting_integration_callbacks

    arguments = _arguments(config, work, len(items))
    for name in config.report_to:
        try:
            get_reporting_integration_callbacks([name])[0]()
        except (ImportError, RuntimeError, ValueError) as error:
            raise ConfigError(
                f"report_to: {name} cannot be used ({first_line(error)}); set it up, or remove it from report_to"
            ) from error
    trainer = _trainer_class()(
        validation=partial(validate, omni, sample),
        lengths=items.lengths if config.optimisation.group_by_length else None,
        model=tuned,
        args=arguments,
        train_dataset=items,
        eval_dataset=[],  # unused: `validation` contains the data
        data_collator=partial(collate, pad=omni.processor.tokenizer.pad_token_id),
        compute_loss_func=answer_loss,
    )
    require_supported_sharding(trainer)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_callback_class()(work, show, trainer))
    return trainer


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
        logging_steps=max(1, steps // _LOGGED_LOSSES),
        logging_nan_inf_filter=False,
        report_to=list(config.report_to) or "none",
        disable_tqdm=True,
        remove_unused_columns=False,
    )
    arguments._n_gpu = min(1, arguments.n_gpu)  # one GPU per process: DataParallel would split our batches wrongly
    return arguments


@cache
def _trainer_class() -> Any:
    """Define the Trainer subclass on first use, since importing transformers takes seconds."""
    import torch
    from safetensors import SafetensorError
    from transformers import Trainer

    class TuningTrainer(Trainer):  # type: ignore[misc]
        """Train an adapter; validate on the fixed sample, and mark each checkpoint once it is complete."""

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
            """Return the training time over all runs, without steps lost to interruptions; None if unknown."""
            before = self.seconds_before
            return None if before is None else round(before + time.monotonic() - self._began, 1)

        def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
            """Compute accuracies on the validation sample, 0 to 1; raise TrainingError on NaN or infinite weights."""
            for name, weight in self.model.named_parameters():  # a bad gradient can break weights despite a finite loss
                if weight.requires_grad and not torch.isfinite(weight).all():
                    raise self._diverged(f"step {self.state.global_step}: the weight {name} is no longer finite")
            metrics = {f"eval_{name}": value for name, value in self._validation(self).items()}
            self.log(metrics)
            self.control: Any = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
            return metrics

        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            """Compute loss and gradients; raise TrainingError on a NaN or infinite loss before the weights change."""
            loss = super().training_step(*args, **kwargs)
            if not math.isfinite(loss.item()):
                raise self._diverged(f"step {self.state.global_step + 1}: the loss is {loss.item()}")
            return loss

        def _diverged(self, what: str) -> TrainingError:
            fp16 = ", or with optimisation.precision bf16 instead of fp16" if self.args.fp16 else ""
            return TrainingError(
                f"{what}; {last_good(Path(self.args.output_dir))}. Start over in another --out with a lower "
                f"optimisation.learning_rate{fp16}"
            )

        def _get_train_sampler(self, *args: Any, **kwargs: Any) -> Any:
            if self._lengths is None:
                return super()._get_train_sampler(*args, **kwargs)
            batch = self.args.per_device_train_batch_size * self.accelerator.num_processes
            self.sampler = length_grouped_sampler_class()(self._lengths(), batch, self.args.seed)
            return self.sampler

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            folder = Path(self.args.output_dir)
            checkpoint = folder / f"checkpoint-{self.state.global_step}"
            try:
                super()._save_checkpoint(model, trial)
            except OSError as error:
                raise storage_error(checkpoint, error) from error
            except (SafetensorError, RuntimeError) as error:  # torch's writer raises RuntimeError
                if isinstance(error, RuntimeError) and "PytorchStreamWriter" not in str(error):
                    raise
                raise TrainingError(
                    f"{checkpoint}: cannot be written ({first_line(error)}); {last_good(folder)}. If the disk is "
                    "full, free some space; then run the same command again to resume"
                ) from error
            if self.args.should_save and not (checkpoint / ADAPTER_WEIGHTS).exists():
                raise TrainingError(
                    f"{checkpoint}: {ADAPTER_WEIGHTS} was not written; with FSDP, set "
                    "fsdp_state_dict_type to FULL_STATE_DICT"
                )
            self.accelerator.wait_for_everyone()
            if self.args.should_save:
                mark_complete(checkpoint, self.state.global_step, self.seconds())
                remove_except(folder, [checkpoint, folder / f"checkpoint-{self.state.best_global_step}"])
            self.accelerator.wait_for_everyone()

    return TuningTrainer


@cache
def _callback_class() -> Any:
    """Define the callback class on first use, since importing transformers takes seconds."""
    from transformers import TrainerCallback

    class TuningCallback(TrainerCallback):  # type: ignore[misc]
        """Report progress, write the log and the curves, and validate after the last step."""

        def __init__(self, folder: Path, progress: ShowProgress, trainer: Any) -> None:
            self._folder, self._progress, self._trainer = folder, progress, trainer

        def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Set the epoch of our sampler, since accelerate fails to do so with several processes."""
            if self._trainer.sampler is not None:
                self._trainer.sampler.set_epoch(int(state.epoch))

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Report progress; request validation and saving after the last step."""
            self._progress("steps", state.global_step, state.max_steps)
            if state.global_step >= state.max_steps:
                control.should_evaluate = control.should_save = True

        def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Write the training log to the work folder."""
            if state.is_world_process_zero:
                write_log(self._folder, state.log_history)

        def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Draw the training curves in the work folder."""
            if state.is_world_process_zero:
                draw_curves(self._folder, state.log_history, state.best_global_step)

    return TuningCallback
