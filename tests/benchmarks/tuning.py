"""A step of tuning: encoders run before against in every step, and what packing, checkpointing and grouping give.

Each variant runs in a process of its own, for its peak of memory; rounds alternate, so that all see the same machine.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.random_omni import Size, save_random_omni

from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.dataset.reading import open_built

SIZE = Size(hidden=256, layers=8, vision_layers=6, audio_layers=6)
PIXELS = 256 * 256
ROUNDS, STEPS, BATCH = 3, 3, 4
VARIANTS: Mapping[str, Mapping[str, bool]] = {
    "encoders in every step": {"cached": False, "pack": False, "checkpointing": False},
    "cached features": {"cached": True, "pack": False, "checkpointing": False},
    "cached, packed": {"cached": True, "pack": True, "checkpointing": False},
    "cached, gradient checkpointing": {"cached": True, "pack": False, "checkpointing": True},
}


def run() -> None:
    print("\n## A step of tuning, batches of four questions about ten-second clips\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(BuildOptions(out=folder / "data", splits=("train",), limit=12, size=224, workers=2))
        save_random_omni(folder / "model", "qwen2_5_omni", size=SIZE)
        found: dict[str, list[dict[str, float]]] = {variant: [] for variant in VARIANTS}
        for _ in range(ROUNDS):
            for variant in VARIANTS:
                found[variant].append(_measured(variant, folder))
        _print(found)
    _lengths()


def _print(found: Mapping[str, list[dict[str, float]]]) -> None:
    first = next(iter(found))
    plain = statistics.median(r["seconds"] for r in found[first])
    tokens = found[first][0]["tokens"]
    print(f"{tokens:,.0f} tokens a sequence; {found['cached features'][0]['streams']:.0f} distinct streams, "
          f"{found['cached features'][0]['encoded']:.0f} runs of an encoder\n")  # fmt: skip
    print("| | seconds per four questions | ratio | peak memory, MB |\n| --- | ---: | ---: | ---: |")
    for variant, rounds in found.items():
        seconds = statistics.median(r["seconds"] for r in rounds)
        memory = statistics.median(r["memory"] for r in rounds)
        print(f"| {variant} | {seconds:.2f} | {plain / seconds:.2f}x | {memory:,.0f} |")


def _measured(variant: str, folder: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.tuning", variant, str(folder)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _one(variant: str, folder: Path) -> dict[str, float]:
    import torch

    from mma_eval.resolve import resolve_model
    from mma_training.config import LoraSection
    from mma_training.data.features import ClipReader, FeatureStore, distinct_streams, encode_streams
    from mma_training.data.rows import examples_of, read_rows
    from mma_training.data.tuning_set import EncodedMedia, RawMedia, TuningSet, collate
    from mma_training.train.answer_loss import answer_loss, answers_only
    from mma_training.train.lora import attach

    torch.set_num_threads(1)
    torch.manual_seed(0)
    chosen, conditions = VARIANTS[variant], ("aligned", "misaligned")
    data = open_built(folder / "data")
    omni: Any = resolve_model(str(folder / "model"), {"dtype": "float32", "min_pixels": PIXELS, "max_pixels": PIXELS})
    omni.load()
    rows = read_rows(data, conditions, "train", limit=4)
    reader, store, streams = ClipReader(data, conditions, "train"), FeatureStore(folder / "cache", omni), 0
    encoded = 0
    if chosen["cached"]:
        streams = len(distinct_streams(rows))
        encode_streams(omni, distinct_streams(rows), reader, store)
        encoded = sum(1 for _ in store.folder.rglob("*.safetensors"))
    media = EncodedMedia(omni, store) if chosen["cached"] else RawMedia(omni, reader)
    answers_only(omni.thinker)
    tuned = attach(omni.thinker, LoraSection(), base="random", revision=None)
    if chosen["checkpointing"]:
        tuned.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    tuned.train()
    items = TuningSet(examples_of(rows, pack=chosen["pack"]), media, omni)
    sequences = BATCH // 2 if chosen["pack"] else BATCH
    batches = [
        collate([items[(step * sequences + k) % len(items)] for k in range(sequences)], 0) for step in range(STEPS + 1)
    ]
    times = []
    for batch in batches:  # decoding aside: a loader does that ahead
        labels = batch.pop("labels")
        began = time.perf_counter()
        answer_loss(tuned(**batch), labels).backward()
        times.append(time.perf_counter() - began)
    return {
        "seconds": statistics.median(times[1:]),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "tokens": float(len(items[0][0])),
        "streams": streams,
        "encoded": encoded,
    }


def _lengths() -> None:
    """Tokens that are computed, padding included, for clips of three to ten seconds in batches of four."""
    import random

    import torch
    from transformers.trainer_pt_utils import get_length_grouped_indices

    rng = random.Random(0)
    lengths = [round(rng.uniform(3, 10) * 125) + 200 for _ in range(2000)]
    orders = {
        "in random order": torch.randperm(len(lengths), generator=torch.Generator().manual_seed(0)).tolist(),
        "of like length": get_length_grouped_indices(lengths, BATCH, generator=torch.Generator().manual_seed(0)),
    }
    print("\n| clips of three to ten seconds | tokens, padding included | ratio |\n| --- | ---: | ---: |")
    computed = {
        name: sum(
            BATCH * max(lengths[i] for i in order[k : k + BATCH]) for k in range(0, len(order), BATCH)
        )
        for name, order in orders.items()
    }  # fmt: skip
    for name, tokens in computed.items():
        print(f"| batches {name} | {tokens:,} | {computed['in random order'] / tokens:.2f}x |")


if __name__ == "__main__":
    print(json.dumps(_one(sys.argv[1], Path(sys.argv[2]))))
