import random
from collections import Counter

import pytest

from mma_bench.benchmark.pairing import pair_donors, pair_many_donors
from mma_bench.core.errors import PairingError

CLASSES = ["Bird"] * 30 + ["Cat"] * 25 + ["Rain"] * 10 + ["Door"] * 5
CLIPS = {f"clip{i:03d}": cls for i, cls in enumerate(CLASSES)}

# As in the paper: 1,207 train clips of 58 classes, some classes much larger than others.
SIZES = random.Random(0).choices(range(3, 60), k=57)
TRAIN = {f"clip{c}-{i}": f"class{c}" for c, n in enumerate([*SIZES, 120]) for i in range(n)}


def shuffled(clips):
    return dict(random.Random(1).sample(list(clips.items()), len(clips)))


@pytest.mark.parametrize("seed", range(20))
def test_every_sound_is_foreign_and_lent_once(seed):
    donors = pair_donors(CLIPS, seed=seed)
    assert all(CLIPS[clip] != CLIPS[donor] for clip, donor in donors.items())
    assert sorted(donors.values()) == sorted(CLIPS)


def test_pairs_do_not_depend_on_the_order_of_the_input():
    assert pair_donors(shuffled(CLIPS), seed=7) == pair_donors(CLIPS, seed=7)
    assert pair_many_donors(shuffled(TRAIN), k=10, seed=7) == pair_many_donors(TRAIN, k=10, seed=7)


def test_another_seed_gives_other_pairs():
    assert pair_donors(CLIPS, seed=1) != pair_donors(CLIPS, seed=2)
    assert pair_many_donors(TRAIN, k=10, seed=1) != pair_many_donors(TRAIN, k=10, seed=2)


def test_a_class_meets_every_other_class():
    met = Counter((CLIPS[c], CLIPS[d]) for seed in range(50) for c, d in pair_donors(CLIPS, seed=seed).items())
    assert len(met) == 4 * 3


def test_a_class_with_more_than_half_of_the_clips_is_refused_with_the_remedy():
    with pytest.raises(PairingError, match=r"'Cat' has 3 of 4 clips.*drop 2 of 'Cat'"):
        pair_donors({"a": "Cat", "b": "Cat", "c": "Cat", "d": "Rain"}, seed=0)


@pytest.mark.parametrize("seed", range(5))
def test_a_train_clip_gets_ten_donors_of_ten_other_classes(seed):
    for clip, donors in pair_many_donors(TRAIN, k=10, seed=seed).items():
        assert len({TRAIN[d] for d in donors} - {TRAIN[clip]}) == 10 == len(donors)


def test_every_train_clip_lends_equally_often_where_classes_are_equal():
    clips = {f"{c}-{i}": str(c) for c in range(12) for i in range(5)}
    lent = Counter(d for donors in pair_many_donors(clips, k=10, seed=0).values() for d in donors)
    assert set(lent.values()) == {10}
    assert len(lent) == len(clips)


def test_unequal_classes_lend_in_proportion_and_their_clips_equally():
    lent = Counter(d for donors in pair_many_donors(TRAIN, k=10, seed=0).values() for d in donors)
    for cls in set(TRAIN.values()):
        of_class = [lent[clip] for clip, c in TRAIN.items() if c == cls]
        assert max(of_class) - min(of_class) <= 1
    assert min(lent.values()) >= 9
    assert max(lent.values()) <= 11


def test_a_class_too_large_to_lend_in_proportion_lends_to_everyone():
    clips = {f"big-{i}": "big" for i in range(40)} | {f"{c}-{i}": str(c) for c in range(10) for i in range(4)}
    donors = pair_many_donors(clips, k=10, seed=0)
    assert all(any(clips[d] == "big" for d in donors[clip]) for clip, c in clips.items() if c != "big")


def test_too_few_classes_for_the_swaps_are_refused_with_the_remedy():
    with pytest.raises(PairingError, match=r"10 donors .* need 11 classes, found 4.*at most 3 swaps"):
        pair_many_donors(CLIPS, k=10, seed=0)
