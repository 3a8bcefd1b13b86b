import pytest

from mma_bench.benchmark.prompts import PROMPTS, as_variant, question

OPTIONS = ["Accordion", "Bird", "Cat"]


def test_the_questions_are_worded_as_in_figure_5():
    assert question("visual", OPTIONS) == (
        "Which class best describes the visual content of this video? Options: {Accordion, Bird, Cat}. "
        "Answer using a single word or phrase."
    )
    assert question("audio", OPTIONS) == question("visual", OPTIONS).replace("visual", "audio")


@pytest.mark.parametrize("prompt", PROMPTS)
def test_plain_leaves_a_question_as_it_is(prompt):
    asked = question(prompt, OPTIONS)
    assert as_variant(asked, prompt, "plain") == asked


def test_abstain_adds_none_of_the_above_as_the_last_option():
    asked = as_variant(question("visual", OPTIONS), "visual", "abstain")
    assert "{Accordion, Bird, Cat, None of the above}." in asked


def test_cot_asks_for_reasoning_about_the_modality_in_place_of_a_single_word():
    asked = as_variant(question("audio", OPTIONS), "audio", "cot")
    assert "single word" not in asked
    assert asked.endswith(
        "Think step by step about what the audio content shows. First provide your thinking process, then give the "
        "final answer in the format: Final Answer: <class>."
    )


@pytest.mark.parametrize("variant", ["abstain", "cot"])
def test_a_variant_keeps_the_caption_before_and_the_long_context_after(variant):
    asked = as_variant(f"Video_caption: Dog. {question('visual', OPTIONS)} x y z", "visual", variant)
    assert asked.startswith("Video_caption: Dog. Which")
    assert asked.endswith(" x y z")


def test_a_text_that_is_no_question_is_refused():
    with pytest.raises(ValueError, match=r"What is this\?"):
        as_variant("What is this?", "visual", "abstain")


def test_a_question_about_one_modality_is_not_asked_in_the_other_ones_words():
    with pytest.raises(ValueError, match=r"no visual question"):
        as_variant(question("audio", OPTIONS), "visual", "cot")


def test_an_unknown_variant_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"variant 'COT'; expected one of plain, abstain, cot"):
        as_variant(question("audio", OPTIONS), "audio", "COT")
