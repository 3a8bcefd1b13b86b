"""The clips that the project draws itself."""

from __future__ import annotations

from collections.abc import Sequence

from mma_bench.benchmark.conditions import Split
from mma_bench.benchmark.distractors import LongContext
from mma_bench.sources.clips import SourceClip
from mma_bench.sources.listing import Listing
from mma_bench.sources.synthetic.drawing import CLASSES, Drawing

SIZE = 224
PER_SPLIT: dict[Split, int] = {"train": 24, "test": 36}
"""How many clips unless a limit says otherwise; validation is taken from train."""


def list_synthetic(
    *, seed: int, per_split: int | None, size: int | None, seconds: float, splits: Sequence[str]
) -> Listing:
    """Clips of all classes in turn; there are as many as one asks for."""
    wanted = ["train"] * bool({"train", "validation"} & set(splits)) + ["test"] * ("test" in splits)
    clips = [
        SourceClip(
            clip_id=f"synthetic-{split}-{seed}-{index:05d}",
            class_name=CLASSES[index % len(CLASSES)],
            split=split,
            media=Drawing(CLASSES[index % len(CLASSES)], split, seed, index, size or SIZE, seconds),
        )
        for split, usual in PER_SPLIT.items()
        if split in wanted
        for index in range(usual if per_split is None else per_split)
    ]
    return Listing(clips, size=size or SIZE, long_context=LongContext(tokens=1000), drawn=True)
