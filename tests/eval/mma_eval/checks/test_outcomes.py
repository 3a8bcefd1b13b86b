"""Answers read as yes, no or unclear, as a careful reader would read them."""

import pytest

from mma_eval.checks.outcomes import read_verdict


@pytest.mark.parametrize(
    "text",
    [
        "Yes",
        "yes",
        "YES!",
        "Yes.",
        " \n Yes, the dog is clearly visible in this video.",
        "**Yes**",
        '"Yes."',
        "Yes - there is no doubt about it",
        "Yes, with no other sound around.",
        "Yes, the dog is clearly visible and audible, no question.",
        "Yes, the dog is clearly visible. It is not moving.",
        "Yes, a dog is visible, not only in the background.",
        "Yes, the note of a bell is audible.",
        "The answer to the question is yes.",
        "The answer to this question is: Yes, it is.",
        "Answer: yes",
        "The answer is yes.",
        "Final Answer: Yes",
        "<think>No dog at first... no. But then one barks.</think>Yes",
        "Yes\u200b.",
        "\uff39\uff45\uff53",
    ],
)
def test_yes(text: str) -> None:
    assert read_verdict(text) == "yes"


@pytest.mark.parametrize(
    "text",
    [
        "No",
        "no.",
        "NO",
        "No, there is no dog.",
        "No, the video shows a cat.",
        "* No *",
        "No, the dog is not visible.",
        "No sound of a dog is audible.",
        "No dog is there, no doubt.",
        "The answer to the question is no.",
        "The answer is: No",
        "Yes or no?</think>\n\nNo.",
    ],
)
def test_no(text: str) -> None:
    assert read_verdict(text) == "no"


@pytest.mark.parametrize(
    "text",
    [
        "Yes and no.",
        "Yes/No",
        "Yes or no",
        "No. Yes.",
        "No, wait, yes it is.",
        "Yes. No.",
        "Yes, there is no cat in this video.",
        "Yes, the cat is not visible.",
        "Yes, the cat is not clearly visible.",
        "Yes, the cat isn't visible.",
        "Yes, the cat isn\u2019t there.",
        "Yes, the cat cannot be seen.",
        "Yes, it can't be heard at all.",
        "Yes, no sound of a cat is audible.",
        "Yes, the cat is neither seen nor heard.",
        "Yes, but it is not.",
        "Yes, nothing is visible.",
        "Yes, the cat is inaudible.",
        "No doubt, the cat is clearly visible.",
        "No question: it is a cat.",
        "yes (no)",
        "Yesterday there was a dog.",
        "Nothing can be heard.",
        "None",
        "Not clearly.",
        "North",
        "The dog is visible.",
        "A dog, yes",
        "Maybe",
        "I cannot tell: yes or no",
        "<think>Yes, surely",
        "",
        "...",
        "Oui",
        "1",
    ],
)
def test_what_says_neither_or_both_is_unclear(text: str) -> None:
    assert read_verdict(text) == "unclear"
