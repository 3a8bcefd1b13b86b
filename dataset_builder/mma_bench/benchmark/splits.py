"""Select, split and order clips: a class-balanced limit, the validation split, a seeded shuffle."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import zip_longest
from typing import Protocol, TypeVar

from mma_bench.benchmark.conditions import Split

VALIDATION_SHARE = 0.1
"""Default share of the train clips that is held out for validation."""


class Classified(Protocol):
    """A clip with the attributes that splitting requires."""

    @property
    def clip_id(self) -> str: ...  # noqa: D102
    @property
    def class_name(self) -> str: ...  # noqa: D102
    @property
    def split(self) -> Split: ...  # noqa: D102


Clip = TypeVar("Clip", bound=Classified)


def limited(clips: Sequence[Clip], limit: int | None, *, seed: int) -> list[Clip]:
    """Sample at most `limit` clips per split (None for all), taking clips from its classes in turn."""
    if limit is None:
        return list(clips)
    kept: list[Clip] = []
    for split in sorted({c.split for c in clips}):
        of_class: dict[str, list[Clip]] = {}
        for clip in sorted((c for c in clips if c.split == split), key=lambda c: _draw(seed, "limit", c.clip_id)):
            of_class.setdefault(clip.class_name, []).append(clip)
        in_turn = (c for turn in zip_longest(*(of_class[name] for name in sorted(of_class))) for c in turn if c)
        kept += [clip for clip, _ in zip(in_turn, range(limit), strict=False)]
    return kept


def with_validation(
    split_of: Mapping[str, Split], class_of: Mapping[str, str], *, seed: int, share: float = VALIDATION_SHARE
) -> dict[str, Split]:
    """Move a seeded share of the train clips to validation, unless the source names a validation split.

    The sample is stratified: clips are taken at equal steps from the list sorted by class. Each class keeps a train
    clip, and supplies at most half of the sample, since each validation clip needs a donor of another class. If it
    would have fewer than two clips, there is no validation split.
    """
    splits = dict(split_of)
    train = [clip for clip, split in splits.items() if split == "train"]
    count = round(len(train) * Fraction(str(share)))
    if "validation" in splits.values() or count < 2:
        return splits
    by_class = sorted(train, key=lambda clip: (class_of[clip], _draw(seed, "validation", clip)))
    lasts = {class_of[clip]: clip for clip in by_class}
    spare = [clip for clip in by_class if clip != lasts[class_of[clip]]]
    count, first = min(count, len(spare)), random.Random(f"{seed} validation").random()
    taken = [spare[int((k + first) * len(spare) / count)] for k in range(count)]
    while taken and 2 * (most := Counter(map(class_of.get, taken)).most_common(1)[0])[1] > len(taken):
        taken.remove(next(clip for clip in reversed(taken) if class_of[clip] == most[0]))
    return splits | dict.fromkeys(taken, "validation")


def shuffled(clip_ids: Iterable[str], *, seed: int) -> list[str]:
    """Shuffle clips into the order of the dataset, so that the start of a stream mixes the classes."""
    return sorted(clip_ids, key=lambda clip: _draw(seed, "order", clip))


def _draw(seed: int, purpose: str, clip_id: str) -> tuple[float, str]:
    # Drawn per clip instead of shuffling a list, so that removing a clip moves no other.
    return random.Random(f"{seed} {purpose} {clip_id}").random(), clip_id
