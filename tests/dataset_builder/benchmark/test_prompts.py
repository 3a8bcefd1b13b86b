from collections import Counter

import pytest

from mma_bench.benchmark.prompts import (
    PROMPTS,
    LongContext,
    as_variant,
    misleading_class,
    question,
    with_caption,
    with_long_context,
)
from mma_bench.core.errors import PairingError

OPTIONS = ["Accordion", "Bird", "Cat"]
CLASSES = ["Bird", "Cat", "Door", "Rain"]


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
    with pytest.raises(ValueError, match=r"expected the visual question"):
        as_variant(question("audio", OPTIONS), "visual", "cot")


def test_an_unknown_variant_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"variant 'COT'; expected one of plain, abstain, cot"):
        as_variant(question("audio", OPTIONS), "audio", "COT")


def test_a_false_caption_names_neither_what_is_seen_nor_what_is_heard():
    named = {misleading_class("Bird", "Cat", CLASSES, seed=s, clip_id="c") for s in range(50)}
    assert named == {"Door", "Rain"}


def test_false_captions_are_spread_evenly_over_the_other_classes():
    counts = Counter(misleading_class("Bird", "Bird", CLASSES, seed=0, clip_id=f"c{i}") for i in range(3000))
    assert min(counts.values()) > 900


def test_the_caption_of_a_clip_does_not_depend_on_the_order_of_the_classes():
    a = misleading_class("Bird", "Bird", CLASSES, seed=3, clip_id="c")
    assert a == misleading_class("Bird", "Bird", CLASSES[::-1], seed=3, clip_id="c")


def test_two_classes_are_too_few_for_a_caption_against_both():
    with pytest.raises(PairingError, match=r"clip 'c': a false caption needs a class besides 'Bird' and 'Cat'"):
        misleading_class("Bird", "Cat", ["Bird", "Cat"], seed=0, clip_id="c")


def test_the_caption_stands_before_the_question():
    assert with_caption("Which?", "Vehicle") == "Video_caption: Vehicle. Which?"


def test_the_long_context_is_ten_thousand_single_letters_after_the_question():
    text = with_long_context("Which?", LongContext(), seed=0, clip_id="c")
    head, *letters = text.split(" ")
    assert head == "Which?"
    assert len(letters) == 10_000
    assert {len(token) for token in letters} == {1}
    assert len(set(letters)) == 26


def test_the_long_context_can_be_words_before_the_question():
    text = with_long_context("Which?", LongContext(7, unit="words", position="prepend"), seed=0, clip_id="c")
    *words, tail = text.split(" ")
    assert tail == "Which?"
    assert len(words) == 7
    assert min(map(len, words)) > 1


def test_the_words_name_none_of_the_benchmarks_classes():
    words = set(with_long_context("", LongContext(20_000, unit="words"), seed=0, clip_id="c").split())
    classes = "accordion applause bell bird cat clock dog door explosion frog glass horse insect rain sheep vehicle"
    assert len(words) > 200
    assert not words & set(classes.split())


def test_the_random_text_is_a_matter_of_seed_and_clip():
    def text(seed, clip):
        return with_long_context("", LongContext(50), seed=seed, clip_id=clip)

    assert text(0, "a") == text(0, "a")
    assert len({text(0, "a"), text(1, "a"), text(0, "b")}) == 3
