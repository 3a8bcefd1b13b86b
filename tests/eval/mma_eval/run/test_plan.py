"""Plans: the clips of a selection, the questions about each, and the clips of each part of a run."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from built_rows import rows_of
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.core.errors import OptionsError
from mma_bench.dataset.reading import BuiltDataset, open_built
from mma_bench.dataset.shards import DataFolderError
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.questions import ClipQuestions
from mma_eval.run.record import Selection

ALL = tuple(CONDITIONS)


@pytest.fixture(scope="module")
def data(built: Path) -> BuiltDataset:
    return open_built(built)


@pytest.fixture(scope="module")
def units(data: BuiltDataset) -> list[ClipQuestions]:
    return list(plan_evaluation(data, Selection(conditions=ALL, split="test")).clip_questions())


def test_every_row_is_asked_both_questions_once(built: Path, units: list[ClipQuestions]) -> None:
    asked = Counter((a.question.row_id, a.question.prompt) for unit in units for a in unit.targets)
    expected = {(row["id"], p) for c in ALL for row in rows_of(built, c) for p in ("visual", "audio")}
    assert set(asked) == expected
    assert set(asked.values()) == {1}


def test_rows_with_the_same_media_are_one_unit(units: list[ClipQuestions]) -> None:
    conditions = {frozenset(a.condition for a in unit.targets) for unit in units}
    assert conditions == {
        frozenset({"aligned", "misleading_caption", "long_context"}),
        frozenset({"misaligned"}),
        frozenset({"frames_zeroed"}),
        frozenset({"audio_removed"}),
    }


def test_a_unit_holds_the_media_of_its_rows(built: Path, units: list[ClipQuestions]) -> None:
    media = {row["id"]: (row["video"]["bytes"], row["audio"]["bytes"]) for c in ALL for row in rows_of(built, c)}
    digest = hashlib.sha256
    for unit in units:
        for asked in unit.targets:
            video, audio = media[asked.question.row_id]
            assert digest(unit.clip.audio).digest() == digest(audio).digest()
            assert digest(unit.clip.video).digest() == digest(video).digest()


@pytest.mark.parametrize(
    ("condition", "prompt", "reference", "other"),
    [
        ("aligned", "visual", "visual_class", "audio_class"),
        ("misaligned", "visual", "visual_class", "audio_class"),
        ("misaligned", "audio", "audio_class", "visual_class"),
        ("frames_zeroed", "visual", "visual_class", "audio_class"),
        ("frames_zeroed", "audio", "audio_class", None),
        ("audio_removed", "audio", "audio_class", "visual_class"),
        ("audio_removed", "visual", "visual_class", None),
        ("misleading_caption", "visual", "visual_class", "audio_class"),
    ],
)
def test_what_is_right_and_what_the_other_sense_shows(
    built: Path, units: list[ClipQuestions], condition: str, prompt: str, reference: str, other: str | None
) -> None:
    rows = {row["id"]: row for row in rows_of(built, condition)}
    found = [a for u in units for a in u.targets if (a.condition, a.question.prompt) == (condition, prompt)]
    assert found
    for asked in found:
        row = rows[asked.question.row_id]
        assert asked.reference == row[reference]
        assert asked.other == (row[other] if other else None)
        assert asked.caption == row["caption_class"]


def test_parts_of_a_run_share_its_clips_out(data: BuiltDataset, units: list[ClipQuestions]) -> None:
    parts = [
        list(plan_evaluation(data, Selection(conditions=ALL, split="test", part=(i, 3))).clip_questions())
        for i in (1, 2, 3)
    ]
    asked = [a.key for part in parts for unit in part for a in unit.targets]
    assert sorted(asked) == sorted(a.key for unit in units for a in unit.targets)
    clips = [{unit.clip.id for unit in part} for part in parts]
    assert not clips[0] & clips[1] | clips[0] & clips[2] | clips[1] & clips[2]


def test_a_limit_takes_the_classes_in_turn(data: BuiltDataset) -> None:
    work = plan_evaluation(data, Selection(conditions=("aligned", "misaligned"), split="test", limit=12))
    units = list(work.clip_questions())
    aligned = [u.targets[0].reference for u in units if u.targets[0].condition == "aligned"]
    assert sorted(aligned) == sorted(data.classes)
    assert {u.clip.id for u in units if u.targets[0].condition == "misaligned"} == {
        u.clip.id for u in units if u.targets[0].condition == "aligned"
    }
    assert work.questions == 12 * 2 * 2


def test_what_is_done_is_not_asked_again(data: BuiltDataset, units: list[ClipQuestions]) -> None:
    work = plan_evaluation(data, Selection(conditions=ALL, split="test"))
    keys = [a.key for unit in units for a in unit.targets]
    done = set(keys[::2])
    assert sorted(a.key for unit in work.clip_questions(done) for a in unit.targets) == sorted(set(keys) - done)
    assert not list(work.clip_questions(set(keys)))


def test_the_train_split_asks_about_each_donor(data: BuiltDataset, built: Path) -> None:
    units = list(plan_evaluation(data, Selection(conditions=("misaligned",), split="train")).clip_questions())
    assert len(units) == len(rows_of(built, "misaligned", "train"))


def test_a_condition_that_is_not_there_is_named(data: BuiltDataset) -> None:
    with pytest.raises(OptionsError, match="no rows of long_context in train"):
        plan_evaluation(data, Selection(conditions=("long_context",), split="train"))


def test_a_missing_column_is_named(built: Path, tmp_path: Path) -> None:
    import shutil

    import pyarrow.parquet as pq

    copy = tmp_path / "without"
    shutil.copytree(built, copy)
    for path in (copy / "aligned").glob("test-*.parquet"):
        table = pq.read_table(path)
        pq.write_table(table.drop_columns(["audio_question"]), path)
    with pytest.raises(DataFolderError, match=r"aligned.*missing columns audio_question"):
        plan_evaluation(open_built(copy), Selection(conditions=("aligned",), split="test"))
