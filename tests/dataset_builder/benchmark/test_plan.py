import random
from collections import Counter

import pytest

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.plan import Questions, plan_rows
from mma_bench.benchmark.prompts import LongContext
from mma_bench.benchmark.splits import with_validation
from mma_bench.core.errors import PairingError

CLASS_OF = {f"clip{i:03d}": f"Class{i % 12:02d}" for i in range(96)}
SPLIT_OF = with_validation({c: "train" if i < 60 else "test" for i, c in enumerate(CLASS_OF)}, CLASS_OF, seed=0)
ROWS = plan_rows(SPLIT_OF, CLASS_OF, conditions=CONDITIONS, seed=0)


def rows_of(split, condition):
    return [r for r in ROWS if (r.split, r.condition) == (split, condition)]


def test_test_has_every_condition_and_train_only_those_that_tuning_needs():
    found = {split: {r.condition for r in ROWS if r.split == split} for split in ("train", "validation", "test")}
    assert found == {
        "train": {"aligned", "misaligned"},
        "validation": {"aligned", "misaligned"},
        "test": set(CONDITIONS),
    }


@pytest.mark.parametrize("split", ["validation", "test"])
def test_an_eval_clip_is_the_picture_of_one_swap_and_lends_its_sound_once(split):
    swapped = rows_of(split, "misaligned")
    clips = sorted(c for c, s in SPLIT_OF.items() if s == split)
    assert sorted(r.clip_id for r in swapped) == clips
    assert sorted(r.donor_id for r in swapped) == clips


def test_a_train_clip_is_the_picture_of_ten_swaps_numbered_in_their_ids():
    swapped = rows_of("train", "misaligned")
    assert set(Counter(r.clip_id for r in swapped).values()) == {10}
    assert [r.id for r in swapped[:2]] == [f"{swapped[0].clip_id}.misaligned.{k}" for k in (0, 1)]


def test_donors_come_from_the_same_split():
    assert all(SPLIT_OF[r.donor_id] == r.split for r in ROWS if r.donor_id)


def test_a_swapped_row_is_labelled_with_what_it_shows_and_what_it_sounds_like():
    for row in ROWS:
        assert row.visual_class == CLASS_OF[row.clip_id]
        assert row.audio_class == CLASS_OF[row.donor_id or row.clip_id]
        assert (row.visual_class != row.audio_class) == (row.condition == "misaligned")


def test_only_misleading_captions_have_a_caption_class_and_it_is_a_third_one():
    for row in ROWS:
        assert (row.caption_class is not None) == (row.condition == "misleading_caption")
        assert row.caption_class not in (row.visual_class, row.audio_class)


def test_ids_are_unique():
    assert len({r.id for r in ROWS}) == len(ROWS)


def test_the_plan_does_not_depend_on_the_order_of_the_clips():
    mixed = dict(random.Random(0).sample(list(SPLIT_OF.items()), len(SPLIT_OF)))
    assert plan_rows(mixed, CLASS_OF, conditions=CONDITIONS, seed=0) == ROWS


def test_the_order_of_the_rows_mixes_the_classes():
    first = [r.visual_class for r in rows_of("test", "aligned")[:12]]
    assert first != sorted(first)
    assert len(set(first)) > 4


def test_the_error_of_a_split_that_cannot_be_paired_names_the_split():
    with pytest.raises(PairingError, match=r"split train: 10 donors"):
        plan_rows({"a": "train", "b": "train"}, {"a": "Bird", "b": "Cat"}, conditions=["misaligned"], seed=0)


def test_splits_without_a_swap_need_no_donors():
    rows = plan_rows({"a": "train", "b": "test"}, {"a": "Bird", "b": "Cat"}, conditions=["aligned"], seed=0)
    assert [r.id for r in rows] == ["a.aligned", "b.aligned"]


def test_questions_carry_the_text_of_their_condition():
    questions = Questions(("Bird", "Cat"), LongContext(tokens=5))
    by_condition = {r.condition: questions.of(r, "audio") for r in ROWS if r.split == "test"}
    plain = by_condition["aligned"]
    assert by_condition["frames_zeroed"] == by_condition["audio_removed"] == by_condition["misaligned"] == plain
    assert by_condition["misleading_caption"].startswith("Video_caption: Class")
    assert by_condition["misleading_caption"].endswith(plain)
    assert by_condition["long_context"].startswith(plain)
    assert len(by_condition["long_context"]) == len(plain) + 10
