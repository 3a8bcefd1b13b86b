"""The training rows: both questions, balanced conditions, and no row of an excluded class."""

from collections import Counter
from pathlib import Path

import pytest

from mma_bench.dataset.reading import open_built
from mma_training.data.features import distinct_streams
from mma_training.data.rows import balanced, examples_of, read_rows, unseen_classes
from mma_training.errors import ConfigError, TrainingError

BOTH = ("aligned", "misaligned")


def test_aligned_rows_are_repeated_as_often_as_a_clip_has_donors(tuning_data: Path) -> None:
    rows = balanced(read_rows(open_built(tuning_data), BOTH, "train"))
    assert Counter(row.condition for row in rows) == {"aligned": 360, "misaligned": 360}
    times = Counter(row.id for row in rows)
    assert {times[row.id] for row in rows if row.condition == "aligned"} == {10}
    assert {times[row.id] for row in rows if row.condition == "misaligned"} == {1}


def test_conditions_weigh_the_same_where_one_does_not_go_into_the_other(tuning_data: Path) -> None:
    rows = read_rows(open_built(tuning_data), BOTH, "train")
    counts = Counter(row.condition for row in balanced(rows[:36] + rows[36:136]))
    assert counts == {"aligned": 100, "misaligned": 100}


def test_each_question_is_answered_by_the_modality_it_asks_about(tuning_data: Path) -> None:
    rows = read_rows(open_built(tuning_data), ("misaligned",), "train")
    for row in rows:
        assert row.answer("visual") == row.visual_class != row.audio_class == row.answer("audio")
        assert "the visual content" in row.asked["visual"]
        assert "the audio content" in row.asked["audio"]
    apart, together = examples_of(rows, pack=False), examples_of(rows, pack=True)
    assert len(apart) == 2 * len(together) == 2 * len(rows)


def test_a_class_that_is_left_out_is_neither_seen_nor_heard_in_any_row(tuning_data: Path) -> None:
    data = open_built(tuning_data)
    unseen = unseen_classes(data.classes, 6, seed=0)
    rows = read_rows(data, BOTH, "train", unseen=unseen)
    assert len(unseen) == 6
    assert {name for row in rows for name in (row.visual_class, row.audio_class)} == set(data.classes) - set(unseen)
    everything = read_rows(data, BOTH, "train")
    left = [row for row in everything if not {row.visual_class, row.audio_class} & set(unseen)]
    assert [row.id for row in rows] == [row.id for row in left]


def test_the_classes_left_out_depend_on_the_seed_alone() -> None:
    names = [f"Class_{k}" for k in range(58)]
    assert len(unseen_classes(names, 29, seed=1)) == 29
    assert unseen_classes(names, 29, seed=1) == unseen_classes(names[::-1], 29, seed=1)
    assert unseen_classes(names, 29, seed=1) != unseen_classes(names, 29, seed=2)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (11, "expected 0 to 10 of the 12"),
        (-1, "expected 0 to 10"),
        (("Cat",), "no class Cat in the dataset; available: "),
        (("Brd",), r"Vehicle; did you mean Bird\?"),
        (tuple("AB"), "no class A or B in the dataset"),
    ],
)
def test_impossible_choices_of_classes_are_refused(wanted: int | tuple[str, ...], said: str, tuning_data: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        unseen_classes(open_built(tuning_data).classes, wanted, seed=0)


def test_nothing_left_to_learn_from_is_said(tuning_data: Path) -> None:
    data = open_built(tuning_data)
    with pytest.raises(
        TrainingError, match="no misaligned rows are left in the train split after excluding 11 classes"
    ):
        read_rows(data, ("misaligned",), "train", unseen=data.classes[1:])


def test_a_stream_is_met_once_however_many_rows_have_it(tuning_data: Path) -> None:
    rows = read_rows(open_built(tuning_data), BOTH, "train")
    streams = distinct_streams(rows)
    assert len(rows) == 36 * 11
    assert Counter(stream.kind for stream in streams) == {"video": 36, "audio": 36}
    assert len({stream.sha256 for stream in streams}) == 72
