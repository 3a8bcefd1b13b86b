"""Of an answer that broke off, what it had announced counts, and nothing that it names in passing."""

import random
import time

import pytest

from class_pairs import CLASSES, PAIRS, filled
from mma_accuracy.ending import ENDED
from mma_accuracy.outcomes import judge
from mma_accuracy.reading import REASONS, read_answer
from mma_accuracy.scoring import score

ANNOUNCED = (
    "{X}.",
    "{X}. The video also shows a {y} that",
    "{X}, because the sound of the",
    "{X}\n\nThe clip shows a {y} and",
    "Final Answer: {X}. I chose it since the",
    "The answer is {X}.",
    "**Answer:** {X}\n\n**Explanation:** there is a {y} in",
    "<think>a {y}, then a {x}</think>{X}. It was",
    "<answer>{X}</answer> because",
    r"$\boxed{{\text{{{X}}}}}$ since the",
    '{{"answer": "{X}", "reason": "a {y} and',
    "{Y}. Wait, no, it is a {x}. The",
    "Visual: {Y} / Audio: {X}. The",
    "The class that best describes the audio content of this video is {X}. The sound of",
    "The audio content is best described as {X}, since the",
    "This is {X}, as it can be heard that",
    "I'd say {X}, because of",
)
"""Cut-off answers that had announced X; `Y` stands in the picture."""
IN_PASSING = (
    "The video shows a {x}",
    "The video shows a {y}, and the sound",
    "In this clip we can see a {x} that is moving across the screen while",
    "Let me think step by step. First, the picture: a {x} sits on a branch. Second, the",
    "<think>The sound might be a {x}, or",
    "The options include {X}, so I have to decide between {X} and",
    "{X}, {Y}, and",
    "{X} and",
    "1. {X}\n2.",
    "{X}. Wait, no, it sounds more like",
    "Answer: The video shows a {x}, and the audio",
    '{{"reason": "there is a {x} in the',
    "It could be a {x} because",
    "Final Answer:",
    "The correct class is not {X} but",
    "{Y}, because of the noise. Hmm, but it may also be {x} in the background, so I should reconsider. The",
    "{Y}. Wait, there is also a {x} to be seen. The",
    "{X}? No. {Y}? Maybe. The",
    "Final Answer: Let me think about it. The video shows a {x} that. The",
    "The answer should be based on the audio. I hear a {x}. Next, I hear",
    "1. {X}: the video shows a {x} on",
    "None of the options seem to fit at first glance, but let me consider each of them again. {X}:",
    "None of the above? Let me check each option. {X}",
)
"""Cut-off answers that had announced nothing."""


@pytest.mark.parametrize("template", ANNOUNCED)
def test_what_was_announced_before_the_cut_stands(template: str) -> None:
    for x, y in PAIRS:
        answer = filled(template, x=x, y=y)
        reading = read_answer(answer, CLASSES, "audio", ended="length")
        assert reading.class_name == x, (answer, reading.why)
        assert ENDED["length"] in reading.why


@pytest.mark.parametrize("template", IN_PASSING)
@pytest.mark.parametrize("prompt", ["visual", "audio"])
def test_what_was_named_in_passing_before_the_cut_is_no_answer(template: str, prompt: str) -> None:
    for x, y in PAIRS:
        answer = filled(template, x=x, y=y)
        reading = read_answer(answer, CLASSES, prompt, ended="length")
        assert (reading.kind, reading.reason) == ("unrecognised", "cut_off"), (answer, reading)


def test_a_cut_anywhere_never_makes_another_class_of_an_announced_one() -> None:
    for x, y in random.Random(0).sample(PAIRS, 8):
        whole = filled("There is a {y} to be seen. The answer is {X}, since it can be heard.", x=x, y=y)
        read = [read_answer(whole[:end], CLASSES, "audio", ended="length") for end in range(len(whole))]
        assert {reading.class_name for reading in read} == {None, x}
        first = next(k for k, reading in enumerate(read) if reading.class_name)
        assert all(reading.class_name == x for reading in read[first:] if reading.kind == "class")
        assert first >= whole.index("is " + x) + len("is " + x)


@pytest.mark.parametrize(
    ("fragment", "whole"), [("Vehicle", "Vehicle_horn"), ("Singing", "Singing_bowl"), ("Fire", "Fire_alarm")]
)
def test_a_name_that_may_have_gone_on_is_not_taken(fragment: str, whole: str) -> None:
    for said in (fragment, f"The answer is {fragment.lower()}", f"{fragment} ho"):
        assert read_answer(said, [fragment, whole], ended="length").class_name is None
    assert read_answer(f"{fragment}.", [fragment, whole], ended="length").class_name == fragment
    assert read_answer(fragment, [fragment, whole], ended="stop").class_name == fragment


@pytest.mark.parametrize("ended", ["filter", "refusal"])
def test_a_filter_or_a_refusal_is_never_the_right_abstention(ended: str) -> None:
    expected = {"filter": "filtered", "refusal": "declined"}[ended]
    for said in (None, "", "I can't hear any sound.", "None of the above", "I'm sorry, the bird", "I can't help."):
        judged = judge(said, CLASSES, reference="Bird", absent=True, prompt="audio", ended=ended)  # type: ignore[arg-type]
        assert (judged.outcome, judged.reading.reason) == ("off_list", expected), said


def test_an_abstention_that_was_said_before_the_cut_stands() -> None:
    for said in (
        "None of the above. The video",
        "I can't hear any sound. The video shows a",
        "There is no audio.\nThe",
        "None of the above, but a man is talking. He",
    ):
        assert read_answer(said, CLASSES, "audio", ended="length").kind == "abstained", said
    for said in (
        "I can't hear any",
        "None of the above. Wait, maybe it is",
        "I can't hear it. Let me listen again. The",
    ):
        assert read_answer(said, CLASSES, "audio", ended="length").reason == "cut_off", said


def test_the_time_of_reading_what_broke_off_grows_linearly() -> None:
    def seconds(n: int) -> float:
        text = "answer: bird" + "<think>a</think>" * n
        took = []
        for _ in range(3):
            began = time.process_time()
            read_answer(text, CLASSES, "audio", ended="length")
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(8000) < 12 * max(seconds(2000), 0.002)  # 4 if linear, 16 if quadratic


def test_an_empty_answer_is_wrong_and_no_answer_is_an_error() -> None:
    empty, none = (judge(said, CLASSES, reference="Bird") for said in ("", None))
    assert (empty.outcome, empty.reading.reason) == ("off_list", "empty")
    assert none.outcome == "error"


def test_reasons_and_endings_are_counted_in_each_cell() -> None:
    found = score(
        ["", "The video shows a bird and", "I can't assist with that.", "Bird. It", "Bird, Clock", "A violin", None],
        ["Bird"] * 7,
        classes=["Bird", "Clock"],
        prompts=["visual"] * 7,
        ended=["stop", "length", "refusal", "length", None, None, "filter"],
    )
    (cell,) = found["cells"]
    for scores in (found, cell):
        assert scores["ended"] == {"stop": 1, "length": 2, "filter": 1, "refusal": 1}
        assert scores["off_list_reasons"] == dict.fromkeys(REASONS, 1) | {"unfinished": 0}
        assert scores["n_valid"] == 7
        assert scores["accuracy"] == 1 / 7


def test_an_unknown_ending_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"ended\[0\]: unknown value 'eos'; expected one of stop, length, filter, refusal"
    ):
        score(["Bird"], ["Bird"], ended=["eos"])
