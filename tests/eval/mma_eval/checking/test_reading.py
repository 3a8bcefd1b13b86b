"""Whether an answer says yes or no, as a careful reader would read it."""

import pytest

from mma_eval.checking.reading import read_verdict


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
