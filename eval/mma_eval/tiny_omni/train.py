"""Train tiny-omni from scratch: draw clips, train encoders and language model, and save for `from_pretrained`."""

import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mma_bench import __version__
from mma_bench.core.records import write_record
from mma_bench.sources.synthetic.drawing import CLASSES
from mma_eval.run.provenance import machine_in_words
from mma_eval.tiny_omni.architecture import make_processor, make_thinker, make_tokenizer
from mma_eval.tiny_omni.card import TRAINING, Phase, Recipe, TinyOmniTraining, write_card
from mma_eval.tiny_omni.encoders import train_audio_encoder, train_video_encoder
from mma_eval.tiny_omni.language_model import train_language_model
from mma_eval.tiny_omni.training_data import draw_pool

RECIPE = Recipe(
    seed=0,
    pictures=4200,
    sounds=3000,
    see=Phase(steps=900, batch=64, peak=2e-3),
    hear=Phase(steps=450, batch=64, peak=2e-3),
    answer=Phase(steps=1000, batch=48, peak=2e-3),
)
"""Recipe of the weights shipped with the package."""
_LIBRARIES = ("torch", "transformers", "numpy", "av")


def train_tiny_omni(
    out: Path,
    recipe: Recipe = RECIPE,
    *,
    workers: int | None = None,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> TinyOmniTraining:
    """Train tiny-omni from scratch, reproducibly for the same recipe, machine, threads and libraries.

    Args:
        out: output folder; an existing one is replaced when training completes.
        recipe: seed, amount of data and phases.
        workers: number of drawing processes and of training threads; by default one per core.
        progress: called with the name of the step, the amount done, and the total.

    Raises:
        StorageError: `out` cannot be written.
    """
    import torch

    began = time.monotonic()
    workers = workers or os.cpu_count() or 1
    torch.set_num_threads(workers)
    torch.manual_seed(recipe.seed)
    pool = draw_pool(recipe.pictures, recipe.sounds, seed=recipe.seed, workers=workers, progress=progress)
    tokenizer = make_tokenizer(CLASSES)
    thinker, processor = make_thinker(tokenizer), make_processor(tokenizer)
    right: dict[str, float] = {}

    def report(name: str, steps: int, step: int, share: float) -> None:
        right[name] = 0.95 * right.get(name, share) + 0.05 * share
        progress(name, step, steps)

    trainers = {"see": train_video_encoder, "hear": train_audio_encoder, "answer": train_language_model}
    for name, train in trainers.items():
        phase: Phase = getattr(recipe, name)
        train(thinker, processor, pool, phase, seed=recipe.seed, progress=partial(report, name, phase.steps))
    training = TinyOmniTraining(
        recipe=recipe,
        parameters=sum(p.numel() for p in thinker.parameters()),
        right_while_training={name: round(share, 4) for name, share in right.items()},
        seconds=round(time.monotonic() - began),
        machine=machine_in_words(workers),
        versions={"mma-bench": __version__} | {name: version(name) for name in _LIBRARIES},
    )
    _save(out, thinker, processor, training)
    return training


def _save(out: Path, thinker: Any, processor: Any, training: TinyOmniTraining) -> None:
    import torch

    unfinished = out.with_name(f"{out.name}.partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    thinker.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    thinker.to(torch.float16).save_pretrained(unfinished)
    processor.save_pretrained(unfinished)
    write_record(unfinished / TRAINING, training)
    write_card(unfinished)
    shutil.rmtree(out, ignore_errors=True)
    unfinished.rename(out)
