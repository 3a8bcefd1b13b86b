"""Questions about a row: prompts, variants, order of the options."""

from pathlib import Path

import pytest

from built_rows import rows_of
from mma_bench.core.errors import OptionsError
from mma_bench.dataset.reading import open_built
from mma_eval.run.questions import questions_of


@pytest.fixture(scope="module")
def row(built: Path) -> dict:
    return rows_of(built, "misleading_caption")[0]


@pytest.fixture(scope="module")
def classes(built: Path) -> list[str]:
    return list(open_built(built).classes)


def test_a_row_asks_both_prompts_in_the_stored_words(row: dict, classes: list[str]) -> None:
    asked = questions_of(row, classes)
    assert [(q.prompt, q.variant, q.seed) for q in asked] == [("visual", "plain", 0), ("audio", "plain", 0)]
    assert [q.text for q in asked] == [row["visual_question"], row["audio_question"]]
    assert asked[0].options == tuple(classes)


def test_variants_keep_the_caption_in_front(row: dict, classes: list[str]) -> None:
    plain, abstain, cot = questions_of(row, classes, prompts=("audio",), variants=("plain", "abstain", "cot"))
    caption = f"Video_caption: {row['caption_class']}. "
    assert all(q.text.startswith(caption + "Which class best describes the audio") for q in (plain, abstain, cot))
    assert abstain.text.count("None of the above}") == 1
    assert "Final Answer: <class>." in cot.text
    assert "single word" not in cot.text


def test_a_seed_shuffles_the_options_and_asks_for_the_same_ones(row: dict, classes: list[str]) -> None:
    first, again, other = (questions_of(row, classes, seeds=(s,)) for s in (1, 1, 2))
    assert first == again
    assert first[0].options != tuple(classes)
    assert first[0].options != other[0].options
    assert sorted(first[0].options) == sorted(classes)
    assert first[0].options == first[1].options  # both prompts of a row are asked alike
    assert f"{{{', '.join(first[0].options)}}}" in first[0].text


def test_the_long_context_stays_behind(built: Path, classes: list[str]) -> None:
    row = rows_of(built, "long_context")[0]
    asked = questions_of(row, classes, seeds=(3,), variants=("abstain",))[0]
    assert asked.text.split("Answer using a single word or phrase.")[1] == row["visual_question"].split("phrase.")[1]


def test_a_row_of_another_dataset_is_refused(row: dict) -> None:
    with pytest.raises(OptionsError, match="to list the 2 classes of the dataset"):
        questions_of(row, ["Bird", "Cat"])
