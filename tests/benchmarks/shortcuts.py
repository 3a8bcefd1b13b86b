"""How much of a drawn clip's class cheap features give away, on clips of another split and seed."""

import math
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.synthetic_features import SHORTCUTS, features_of

from mma_bench.sources.synthetic.drawing import CLASSES, Drawing

SEEN, HELD_OUT = 30, 15


def run() -> None:
    print("\n## What cheap features tell of a drawn clip's class\n")
    seen = [Drawing(name, "train", 0, k) for name in CLASSES for k in range(SEEN)]
    held = [Drawing(name, "test", 1, k) for name in CLASSES for k in range(HELD_OUT)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        features = np.array(list(pool.map(features_of, seen + held, chunksize=6)))
    labels = [np.repeat(np.arange(len(CLASSES)), n) for n in (SEEN, HELD_OUT)]
    print(f"logistic regression, {len(seen)} clips seen, {len(held)} held out, chance {1 / len(CLASSES):.1%}\n")
    print("| features | accuracy |\n| --- | ---: |")
    for name, columns in SHORTCUTS.items():
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        model.fit(features[: len(seen), columns], labels[0])
        p = model.score(features[len(seen) :, columns], labels[1])
        print(f"| {name} | {p:.1%} ± {1.96 * math.sqrt(p * (1 - p) / len(held)):.1%} |")
