"""Choose the donor clips of audio swaps (paper, section 3)."""

import random
from collections import Counter
from collections.abc import Mapping
from itertools import cycle

from mma_bench.core.errors import PairingError


def pair_donors(class_of: Mapping[str, str], *, seed: int) -> dict[str, str]:
    """Assign each clip a donor of another class, such that each clip is a donor exactly once.

    The paper swaps "randomly". Independent draws would take most of the audio from a few large classes, and a fixed
    rotation would always pair the same two classes; a random permutation without same-class pairs avoids both.

    `class_of` maps clip ids, in any order, to classes; the result maps clip ids, sorted, to donor ids. The same clips
    and seed give the same pairs on every machine.

    Raises:
        PairingError: one class has more than half of the clips.

    >>> pair_donors({"y1": "Cat", "y2": "Rain"}, seed=0)
    {'y1': 'y2', 'y2': 'y1'}
    """
    _require_pairable(class_of)
    rng = random.Random(seed)
    clips = sorted(class_of)
    donors = rng.sample(clips, len(clips))
    for i, clip in enumerate(clips):
        own = class_of[clip]
        if class_of[donors[i]] == own:
            # With k <= n/2 clips of the class, at most 2k - 1 positions involve it, so one is always left; exchanging
            # donors with that one repairs this pair and breaks no other.
            j = rng.choice([j for j, d in enumerate(donors) if own not in (class_of[clips[j]], class_of[d])])
            donors[i], donors[j] = donors[j], donors[i]
    return dict(zip(clips, donors, strict=True))


def pair_many_donors(class_of: Mapping[str, str], *, k: int, seed: int) -> dict[str, list[str]]:
    """Assign each clip `k` donors of `k` distinct other classes (paper, section 5.1: ten per training clip).

    Each class donates in proportion to its size, but at most once to each clip of another class. Within a class, the
    numbers of donations per clip differ by at most one. `class_of` and the result are as in `pair_donors`.

    Raises:
        PairingError: there are fewer than `k` + 1 classes.

    >>> pair_many_donors({"y1": "Cat", "y2": "Rain", "y3": "Bird"}, k=2, seed=0)["y1"]
    ['y3', 'y2']
    """
    clips, sizes = sorted(class_of), Counter(class_of.values())
    if clips and len(sizes) <= k:
        fewer = f" or ask for at most {len(sizes) - 1} swaps" if len(sizes) > 1 else ""
        raise PairingError(
            f"{k} donors of distinct other classes need {k + 1} classes, found {len(sizes)}: "
            f"{', '.join(sorted(sizes))}. Add clips of other classes{fewer}."
        )
    rng = random.Random(seed)
    wanted = _donations(sizes, k)
    takers = {cls: len(clips) - n for cls, n in sizes.items()}
    members: dict[str, list[str]] = {}
    for clip in clips:
        members.setdefault(class_of[clip], []).append(clip)
    lenders = {cls: cycle(rng.sample(own, len(own))) for cls, own in members.items()}
    donors = {}
    for clip in rng.sample(clips, len(clips)):
        others = [cls for cls in sorted(sizes) if cls != class_of[clip]]
        # A class with as many donations left as recipients cannot skip any of them, so it goes first.
        others.sort(key=lambda cls: (-wanted[cls] / takers[cls], rng.random()))
        for cls in others:
            takers[cls] -= 1
        for cls in others[:k]:
            wanted[cls] -= 1
        donors[clip] = [next(lenders[cls]) for cls in rng.sample(others[:k], k)]
    return {clip: donors[clip] for clip in clips}


def _donations(sizes: Mapping[str, int], k: int) -> dict[str, float]:
    """Compute the donations of each class: in proportion to its size, at most one per clip of another class."""
    total = sum(sizes.values())
    full: dict[str, float] = {}
    while True:
        open_sizes = {cls: n for cls, n in sizes.items() if cls not in full}
        left = k * total - sum(full.values())
        share = {cls: left * n / sum(open_sizes.values()) for cls, n in open_sizes.items()}
        over = {cls: float(total - sizes[cls]) for cls in open_sizes if share[cls] > total - sizes[cls]}
        if not over:
            return full | share
        full |= over


def _require_pairable(class_of: Mapping[str, str]) -> None:
    for cls, count in Counter(class_of.values()).items():
        others = len(class_of) - count
        if count > others:
            remedy = f" or drop {count - others} of {cls!r}" if others else ""
            raise PairingError(
                f"class {cls!r} has {count} of {len(class_of)} clips, but audio swaps allow at most half of them "
                f"in one class. Add clips of other classes{remedy}."
            )
