"""The rules by which an answer is read, one at a time, and that no text takes long."""

import random
import time

import pytest

from mma_accuracy.reading import read_answer

OPTIONS = ["Bird", "Bell", "Clock", "Frying_food", "Roaring_cats", "Drum", "Drum_kit"]


def named(text: str | None) -> str | None:
    return read_answer(text, OPTIONS).class_name


@pytest.mark.parametrize(
    "text",
    ["Bird", "bird.", "A BIRD", "**Bird**", '{"answer": "Bird"}', "the bird's song", "Birds", "1. Bird", "(bird)"],
)
def test_the_form_of_a_name_makes_no_difference(text: str) -> None:
    assert named(text) == "Bird"


@pytest.mark.parametrize("text", ["frying food", "Frying-Food", "FRYING_FOOD", "fryingfood", "Frying (food)"])
def test_the_words_of_a_name_may_be_joined_in_any_way(text: str) -> None:
    assert named(text) == "Frying_food"


@pytest.mark.parametrize("text", ["birdhouse", "blackbird", "bird-like", "clockwork", "rebirding", "Bellini"])
def test_a_class_is_never_found_inside_another_word(text: str) -> None:
    assert read_answer(text, OPTIONS).kind == "unrecognised"


def test_the_longest_option_at_a_place_counts() -> None:
    assert named("a drum kit") == "Drum_kit"
    assert named("a drum") == "Drum"


@pytest.mark.parametrize("text", ["Bird and Clock", "Bird/Clock", "a bird or a clock", "Bird. Clock.", "Bird\nClock"])
def test_two_options_are_not_guessed_between(text: str) -> None:
    reading = read_answer(text, OPTIONS)
    assert reading.kind == "unrecognised"
    assert "Bird, Clock" in reading.why


def test_what_follows_the_last_marker_counts_and_nothing_before_it() -> None:
    assert named("It could be a bird. Final Answer: Clock") == "Clock"
    assert named("Final Answer: Bird. No. Final Answer: Bell") == "Bell"
    assert named("It is a bird. Final Answer: something else") is None
    assert named("... in the format: Final Answer: <class>. It is a bell.") == "Bell"


def test_thinking_is_not_read() -> None:
    assert named("<think>a bird, or a clock</think> Bell") == "Bell"
    assert read_answer("<think>a bird", OPTIONS).kind == "unrecognised"


def test_a_denied_option_is_not_named() -> None:
    assert named("not a bird but a clock") == "Clock"
    assert named("no doubt a bird") == "Bird"
    assert read_answer("This is not a bird.", OPTIONS).kind == "unrecognised"


@pytest.mark.parametrize("text", ["None of the above", "none", "N/A", "I cannot hear it.", "The screen is black."])
def test_abstaining_is_recognised(text: str) -> None:
    assert read_answer(text, OPTIONS).kind == "abstained"


@pytest.mark.parametrize("text", [None, "", " \n", "\u200b"])
def test_nothing_is_no_answer(text: str | None) -> None:
    reading = read_answer(text, OPTIONS)
    assert (reading.kind, reading.reason) == ("no_answer", None if text is None else "empty")


def test_every_reading_says_why() -> None:
    for text in ("Bird", "Bird, Clock", "none", "鸟", "", "<think>", "Bird. Clock"):
        assert len(read_answer(text, OPTIONS).why) > 10


@pytest.mark.parametrize(
    "unit",
    [
        " ".join(random.Random(0).choices(["the", "sound", "of", "bird", "and", "clock", "not", "a"], k=500)) + " ",
        *(
            "a",
            "'",
            "\n",
            ".",
            "((((",
            "the ",
            "not a ",
            "none of ",
            "answer is ",
            "frying ",
            "i don't know ",
            "can not ",
        ),
        *("<think>", "<think>bird</think>", "<answer>", "\\boxed{", '"answer": ', "options {", "final answer: "),
        *("wait, ", "bird. wait, ", "initially ", "not a bird, ", "bird, ", "(bird) & ", "visual: bird "),
        *("i see a bird and hear a clock ", "no sound of the ", "none of the above "),
    ],
)
def test_the_time_grows_linearly_with_the_text(unit: str) -> None:
    options = [f"Class_{a}{b}" for a in "abcdefgh" for b in "stuvwxy"] + OPTIONS
    short, long = (cpu_seconds(unit, length, options) for length in (10_000, 100_000))
    assert long < 40 * short + 0.5  # a quadratic pattern takes a hundred times as long, and a catastrophic one minutes


def cpu_seconds(unit: str, length: int, options: list[str]) -> float:
    """Return the time that the text, made of a unit and a class at its end, takes to be read."""
    text = (unit * (length // len(unit) + 1))[:length] + " bird"
    began = time.process_time()
    read_answer(text, options, "audio")
    return time.process_time() - began
