"""Answers in the manner of real models are read as a careful person reads them, whichever classes they name."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from class_pairs import CLASSES, PAIRS, filled
from mma_accuracy.forms import ACTIONS, FORMS, OTHERS
from mma_accuracy.reading import Reading, read_answer

BOTH_SENSES = (
    "The video shows a {v}, but the audio is a {a}.",
    "Visual: {V} / Audio: {A}",
    '{{"visual": "{V}", "audio": "{A}"}}',
    "{{'video': '{V}', 'sound': '{A}'}}",
    "**Visual content:** {V}\n**Audio content:** {A}",
    "| visual | {V} |\n| audio | {A} |",
    "Visual class: {V}. Audio class: {A}.",
    "{V} (visual), {A} (audio)",
    "I see a {v} and hear a {a}.",
    "You see a {v}. You hear a {a}.",
    "A {v} is visible while a {a} can be heard.",
    "The visual content is a {v}; the audio content of this video is a {a}.",
    "There is a {v} on the screen, and what I hear is a {a}.",
    "The sound of a {a} is heard over footage of a {v}.",
    "In the video, a {v} can be seen. The audio features a {a}.",
    "Visually, this is a {v}. Audibly, it is a {a}.",
    "The video features a {v} with the sound of a {a}.",
)
"""Answers to both questions at once."""

EXPLAINED = (
    "{X}, even though a {y} is there.",
    "{X} (not the {y})",
    "Answer: {X}. There is a {y} too.",
    "My choice: {X}, because the {y} does not count.",
    "There is a {y}. The answer is {X}.",
    "<reasoning>a {y}, then a {x}</reasoning>{X}",
    "◁think▷a {y}, a {x}◁/think▷ {X}",
    "A {y} or a {x}? <answer>{X}</answer>",
    r"A {y} or a {x}? $\boxed{{\text{{{X}}}}}$",
    '{{"reason": "a {y} and a {x}", "answer": "{X}"}}',
    "{Y}. Wait, no, it is a {x}.",
    "At first I thought it was a {y}, but it is a {x}.",
    "Ruling out {Y}, the class is {X}.",
    "It is a {x} as opposed to a {y}.",
    "It does not match the {y}; it is a {x}.",
    "I cannot tell, but if I had to guess: {X}",
    "Options: {{{Y}, {X}}}. Answer using a single word or phrase. {X}",
)
"""Answers that name Y and mean X."""

UNDECIDED = (
    "{X}, {Y}",
    "{X} and {Y}",
    "{X} ({y})",
    "{X} / {Y}",
    "1. {X}\n2. {Y}",
    "Not a {x}, dog, or {y}.",
    "a {x} or a {y}",
)
ABSTAINING = (
    "None of the above. The video shows a {v}, but there is no sound.",
    "I can't hear the audio. The video shows a {v}.",
    "The audio is muted; a {v} is visible.",
)


def said(reading: Reading) -> str:
    """Return the class, A (abstains) or U (cannot be said)."""
    return reading.class_name or {"abstained": "A"}.get(reading.kind, "U")


@pytest.mark.parametrize("template", BOTH_SENSES)
def test_an_answer_to_both_questions_answers_each_by_its_own_sense(template: str) -> None:
    for visual, audio in PAIRS:
        answer = filled(template, v=visual, a=audio)
        for prompt, expected in (("visual", visual), ("audio", audio)):
            reading = read_answer(answer, CLASSES, prompt)
            assert (reading.class_name, reading.attributed) == (expected, True), (answer, reading.why)
        assert read_answer(answer, CLASSES).kind == "unrecognised", answer


@pytest.mark.parametrize("template", BOTH_SENSES)
def test_a_class_that_both_senses_share_is_the_answer(template: str) -> None:
    assert read_answer(filled(template, v="Clock", a="Clock"), CLASSES, "audio").class_name == "Clock"


@pytest.mark.parametrize("prompt", ["visual", "audio"])
@pytest.mark.parametrize("template", EXPLAINED)
def test_a_reason_does_not_take_an_answer_back(template: str, prompt: str) -> None:
    for x, y in PAIRS:
        answer = filled(template, x=x, y=y)
        for reading in (read_answer(answer, CLASSES, prompt), read_answer(answer, CLASSES)):
            assert (reading.class_name, reading.attributed) == (x, False), (answer, reading.why)


@pytest.mark.parametrize("template", UNDECIDED)
def test_further_options_are_no_reason(template: str) -> None:
    for x, y in PAIRS:
        answer = filled(template, x=x, y=y)
        assert said(read_answer(answer, CLASSES, "audio")) == "U", answer


@pytest.mark.parametrize("template", ABSTAINING)
def test_what_is_said_of_the_other_sense_is_no_answer(template: str) -> None:
    for visual, _ in PAIRS:
        answer = filled(template, v=visual)
        assert said(read_answer(answer, CLASSES, "audio")) == "A", answer


@pytest.mark.parametrize("answer", ["I can't assist with that.", "I'm sorry, but I can't help with this request."])
def test_declining_for_a_policy_is_no_abstention(answer: str) -> None:
    reading = read_answer(answer, CLASSES, "audio")
    assert reading.kind == "unrecognised"
    assert "policy" in reading.why


def test_one_class_is_the_answer_whatever_sense_it_is_said_of() -> None:
    for prompt in ("visual", "audio"):
        assert read_answer("The video shows a bird.", CLASSES, prompt).class_name == "Bird"


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_a_class_names_no_other(name: str) -> None:
    for words in FORMS[name]:
        assert re.fullmatch(words.pattern, words.example), words
        assert read_answer(words.example, CLASSES).class_name == name, words


@pytest.mark.parametrize("name", OTHERS)
def test_a_phrase_that_is_something_else_does_not_name_the_class(name: str) -> None:
    for words in OTHERS[name]:
        assert re.match(words.pattern, words.example), words
        assert read_answer(f"This is a {words.example}.", CLASSES).class_name != name, words


def test_forms_and_phrases_are_of_classes_of_the_benchmark() -> None:
    assert {*FORMS, *OTHERS, *ACTIONS} <= set(CLASSES)


def test_answers_in_the_manner_of_real_models_are_read_as_judged(shared: Path) -> None:
    with (shared / "findings" / "answers.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    wrong = [
        (row["answer"], row["reading"], found)
        for row in rows
        if (found := said(read_answer(row["answer"], CLASSES, row["prompt"]))) != row["reading"]
    ]
    assert len(rows) >= 140
    assert wrong == []


def test_answers_of_an_author_who_had_read_the_rules_are_read_as_judged() -> None:
    with (Path(__file__).parent / "gallery" / "asked.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    wrong = [
        (row["answer"], row["reading"], found)
        for row in rows
        if (found := said(read_answer(row["answer"], CLASSES, row["prompt"] or None))) != row["reading"]
    ]
    assert len(rows) > 350
    assert wrong == []


def test_such_answers_are_read_alike_whichever_classes_they_name(shared: Path) -> None:
    with (shared / "findings" / "answers.csv").open(newline="", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if re.search(r"\b(?:bird|clock)\b", row["answer"], re.IGNORECASE)]
    others = [name.replace("_", " ").lower() for name in CLASSES if name not in ("Bird", "Clock")]
    rows = [row for row in rows if not any(re.search(rf"\b{name}\b", row["answer"].lower()) for name in others)]
    assert len(rows) > 50
    for row in rows:
        for x, y in PAIRS:
            answer = renamed(row["answer"], {"bird": x, "clock": y})
            expected = {"Bird": x, "Clock": y}.get(row["reading"], row["reading"])
            assert said(read_answer(answer, CLASSES, row["prompt"])) == expected, answer


def renamed(answer: str, classes: Mapping[str, str]) -> str:
    """Replace classes, in small letters where the answer has them so."""

    def other(match: re.Match[str]) -> str:
        name = classes[match[0].lower()]
        return name.replace("_", " ").lower() if match[0].islower() else name

    return re.sub("|".join(rf"\b{name}\b" for name in classes), other, answer, flags=re.IGNORECASE)
