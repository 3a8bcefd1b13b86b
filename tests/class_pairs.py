"""The classes of the benchmark, thirty pairs of them, and templates of answers that name them."""

import csv
import random
from pathlib import Path

import mma_bench

with (Path(mma_bench.__file__).parent / "data" / "taxonomy.csv").open(newline="") as _table:
    CLASSES = sorted({row["class"] for row in csv.DictReader(_table) if row["class"]})
PAIRS = [tuple(random.Random(seed).sample(CLASSES, 2)) for seed in range(30)]


def filled(template: str, **classes: str) -> str:
    """Fill in class names in capitals, and their words in small letters."""
    words = {name: value.replace("_", " ").lower() for name, value in classes.items()}
    return template.format(**words, **{name.upper(): value for name, value in classes.items()})
