"""tiny-omni from nothing to a folder that `from_pretrained` reads: draw, see, hear, answer, save."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mma_bench import __version__
from mma_bench.core.files import write_text
from mma_bench.sources.synthetic.drawing import CLASSES
from mma_eval.run.machine import machine_in_words
from mma_eval.tiny_omni.architecture import make_processor, make_thinker
from mma_eval.tiny_omni.card import write_card
from mma_eval.tiny_omni.language import take_in, teach_to_answer
from mma_eval.tiny_omni.pool import draw_pool
from mma_eval.tiny_omni.tokenizer import make_tokenizer
from mma_eval.tiny_omni.towers import Lesson, teach_to_hear, teach_to_see

TRAINING = "training.json"


@dataclass(frozen=True)
class Recipe:
    """How tiny-omni is made; the defaults made the one that ships."""

    seed: int = 0
    pictures: int = 4200
    sounds: int = 3000
    see: Lesson = field(default=Lesson(steps=900, batch=64, peak=2e-3))
    hear: Lesson = field(default=Lesson(steps=450, batch=64, peak=2e-3))
    answer: Lesson = field(default=Lesson(steps=1000, batch=48, peak=2e-3))


@dataclass(frozen=True)
class Training:
    """What a training did."""

    folder: Path
    seconds: float
    parameters: int


def train_tiny_omni(
    out: Path,
    recipe: Recipe = Recipe(),
    *,
    workers: int | None = None,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> Training:
    """Train tiny-omni from scratch. The same recipe, machine, threads and libraries give the same weights.

    Args:
        out: folder to write; what is in it is replaced when the training is complete.
        recipe: pools, lessons and seed.
        workers: processes that draw, and threads that train; by default one per core.
        progress: told the step's name, how much is done, and how much there is.

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

    def watch(name: str, steps: int) -> Callable[[int, float], None]:
        def told(step: int, share: float) -> None:
            right[name] = 0.95 * right.get(name, share) + 0.05 * share
            progress(name, step, steps)

        return told

    teach_to_see(thinker, processor, pool, recipe.see, seed=recipe.seed, progress=watch("see", recipe.see.steps))
    teach_to_hear(thinker, processor, pool, recipe.hear, seed=recipe.seed, progress=watch("hear", recipe.hear.steps))
    seen = take_in(thinker, processor, pool)
    told = watch("answer", recipe.answer.steps)
    teach_to_answer(thinker, processor, seen, recipe.answer, seed=recipe.seed, progress=told)
    seconds = time.monotonic() - began
    record = {
        "recipe": asdict(recipe),
        "parameters": sum(p.numel() for p in thinker.parameters()),
        "right_while_training": {name: round(share, 4) for name, share in right.items()},
        "seconds": round(seconds),
        "machine": machine_in_words(workers),
        "versions": {"mma-bench": __version__} | {n: version(n) for n in ("torch", "transformers", "numpy", "av")},
    }
    _save(out, thinker, processor, record)
    return Training(out, seconds, int(record["parameters"]))


def _save(out: Path, thinker: Any, processor: Any, record: dict[str, Any]) -> None:
    import torch

    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    thinker.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    thinker.to(torch.float16).save_pretrained(partial)
    processor.save_pretrained(partial)
    write_text(partial / TRAINING, json.dumps(record, indent=1) + "\n")
    write_card(partial)
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)
