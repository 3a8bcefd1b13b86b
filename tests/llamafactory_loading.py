"""Run by the python of LLaMA-Factory's environment: its argument parser, loader and trainer on an export."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from llamafactory.data import SFTDataCollatorWith4DAttentionMask, get_dataset, get_template_and_fix_tokenizer
from llamafactory.hparams import get_train_args
from llamafactory.model import load_tokenizer
from llamafactory.train.tuner import run_exp
from omegaconf import OmegaConf

from random_omni import save_random_omni


def settings_of(recipe: Path, model: Path) -> dict[str, Any]:
    """The recipe, for a model of our own."""
    settings = OmegaConf.to_container(OmegaConf.load(recipe))
    assert isinstance(settings, dict)
    # One process: torch does not work in one that is forked after it was used.
    one_process = {"preprocessing_num_workers": 1, "dataloader_num_workers": 0}
    return settings | one_process | {"model_name_or_path": str(model), "output_dir": str(model / "adapter")}


def load(settings: dict[str, Any]) -> dict[str, Any]:
    """All examples of both datasets, the arguments, and the shapes of a batch."""
    model_args, data_args, training_args, finetuning_args, _ = get_train_args(settings)
    both = load_tokenizer(model_args)
    tokenizer = both["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    datasets = get_dataset(template, model_args, data_args, training_args, stage=finetuning_args.stage, **both)
    to_train, validation = list(datasets["train_dataset"]), list(datasets["eval_dataset"])
    collate = SFTDataCollatorWith4DAttentionMask(template=template, model=None, **both)
    batch = collate([dict(example) for example in to_train[:4]])  # it takes the media out of what it is given
    return {
        "arguments": {
            name: next(getattr(a, name) for a in (finetuning_args, model_args, data_args) if hasattr(a, name))
            for name in (
                "stage",
                "finetuning_type",
                "lora_rank",
                "lora_target",
                "freeze_vision_tower",
                "freeze_multi_modal_projector",
                "template",
                "use_audio_in_video",
                "video_max_pixels",
                "image_max_pixels",
            )
        }
        | {
            "learning_rate": training_args.learning_rate,
            "lr_scheduler_type": training_args.lr_scheduler_type.value,
            "warmup": training_args.warmup_ratio or training_args.warmup_steps,
            "num_train_epochs": training_args.num_train_epochs,
            "per_device_train_batch_size": training_args.per_device_train_batch_size,
            "gradient_accumulation_steps": training_args.gradient_accumulation_steps,
            "fp16": training_args.fp16,
            "do_train": training_args.do_train,
            "eval_strategy": training_args.eval_strategy.value,
        },
        "train": [_read(example, tokenizer) for example in to_train],
        "validation": [_read(example, tokenizer) for example in validation],
        "batch": {name: list(value.shape) for name, value in batch.items() if hasattr(value, "shape")},
    }


def _read(example: dict[str, Any], tokenizer: Any) -> dict[str, Any]:
    text = tokenizer.decode(example["input_ids"])
    asked = re.search(
        r"<\|vision_eos\|>(.*?)<\|im_end\|>\s*<\|im_start\|>assistant\n(.*?)<\|im_end\|>", text, re.DOTALL
    )
    assert asked is not None, text
    return {
        "question": asked[1],
        "answer": asked[2],
        "learnt": tokenizer.decode([token for token in example["labels"] if token >= 0]).strip(),
        "video_tokens": text.count("<|VIDEO|>"),
        "audio_tokens": text.count("<|AUDIO|>"),
        "videos": example["videos"],
        "audios": example["audios"],
    }


def train(settings: dict[str, Any]) -> dict[str, Any]:
    """One step with eight examples, in the precision that a CPU has."""
    run_exp(settings | {"max_steps": 1, "max_samples": 8, "gradient_accumulation_steps": 1, "fp16": False})
    adapter = Path(settings["output_dir"])
    return {
        "adapter": json.loads((adapter / "adapter_config.json").read_text()),
        "train_loss": json.loads((adapter / "train_results.json").read_text())["train_loss"],
    }


if __name__ == "__main__":
    recipe, model, result = map(Path, sys.argv[1:])
    save_random_omni(model, "qwen2_5_omni")
    settings = settings_of(recipe, model)
    result.write_text(json.dumps(load(settings) | train(settings)))
