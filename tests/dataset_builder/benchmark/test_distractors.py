from collections import Counter

import pytest

from mma_bench.benchmark.distractors import LongContext, misleading_class, with_caption, with_long_context
from mma_bench.core.errors import PairingError

CLASSES = ["Bird", "Cat", "Door", "Rain"]


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
