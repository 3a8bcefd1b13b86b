import random
from collections import Counter
from pathlib import Path

import pytest

from mma_bench.benchmark.splits import limited, with_validation
from mma_bench.sources.clips import SourceClip

CLASS_OF = {f"clip{i:04d}": f"Class{random.Random(i).randrange(58):02d}" for i in range(1207)}
TRAIN = dict.fromkeys(CLASS_OF, "train")


def source_clips(split, **per_class):
    return [SourceClip(f"{split}-{c}-{i}", c, split, Path("x")) for c, n in per_class.items() for i in range(n)]


def test_validation_is_a_tenth_of_train():
    assert Counter(with_validation(TRAIN, CLASS_OF, seed=0).values()) == {"train": 1086, "validation": 121}


def test_every_class_gives_its_share_to_validation():
    splits = with_validation(TRAIN, CLASS_OF, seed=0)
    for cls in set(CLASS_OF.values()):
        of_class = [splits[c] for c in CLASS_OF if CLASS_OF[c] == cls]
        assert abs(of_class.count("validation") - len(of_class) / 10) <= 1


def test_which_clips_are_held_out_is_a_matter_of_the_seed_alone():
    mixed = dict(random.Random(0).sample(list(TRAIN.items()), len(TRAIN)))
    assert with_validation(mixed, CLASS_OF, seed=4) == with_validation(TRAIN, CLASS_OF, seed=4)
    assert with_validation(TRAIN, CLASS_OF, seed=4) != with_validation(TRAIN, CLASS_OF, seed=5)


def test_a_validation_split_that_the_source_names_is_kept():
    named = {**TRAIN, "clip0000": "validation"}
    assert with_validation(named, CLASS_OF, seed=0) == named


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.05, 60), (0.1, 121), (0.25, 302)])
def test_the_share_may_be_chosen(share, count):
    splits = with_validation(TRAIN, CLASS_OF, seed=0, share=share)
    assert Counter(splits.values())["validation"] == count


def test_a_train_split_too_small_to_hold_two_clips_out_stays_whole():
    few = dict.fromkeys(list(CLASS_OF)[:14], "train")
    assert with_validation(few, CLASS_OF, seed=0) == few


def test_test_clips_never_move():
    splits = with_validation(dict.fromkeys(CLASS_OF, "test"), CLASS_OF, seed=0)
    assert set(splits.values()) == {"test"}


def test_a_limit_takes_the_classes_in_turn():
    kept = limited(source_clips("test", Bird=50, Cat=50, Rain=2), 12, seed=0)
    assert Counter(c.class_name for c in kept) == {"Bird": 5, "Cat": 5, "Rain": 2}


def test_a_limit_counts_per_split():
    clips = source_clips("test", Bird=9, Cat=9) + source_clips("train", Bird=9, Cat=9)
    assert Counter(c.split for c in limited(clips, 4, seed=0)) == {"test": 4, "train": 4}


def test_a_smaller_limit_keeps_a_part_of_what_a_larger_one_keeps():
    clips = source_clips("test", Bird=50, Cat=50)
    assert set(limited(clips, 6, seed=0)) < set(limited(clips, 10, seed=0))


@pytest.mark.parametrize("seed", range(30))
def test_validation_leaves_every_class_a_train_clip_and_can_be_paired(seed):
    for sizes in ([15, 15], [4] * 2 + [3] * 9, [1] * 10 + [30], [40, 1]):
        class_of = {f"{c}-{i}": str(c) for c, n in enumerate(sizes) for i in range(n)}
        splits = with_validation(dict.fromkeys(class_of, "train"), class_of, seed=seed)
        held = Counter(class_of[clip] for clip, split in splits.items() if split == "validation")
        assert {class_of[clip] for clip, split in splits.items() if split == "train"} == set(class_of.values())
        assert not held or (sum(held.values()) >= 2 and 2 * max(held.values()) <= sum(held.values()))
