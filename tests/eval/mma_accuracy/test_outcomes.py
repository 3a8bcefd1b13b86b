"""Outcomes of answers in each condition, and of both answers about a row together."""

import pytest

from mma_accuracy.outcomes import OUTCOMES, PAIR_OUTCOMES, Outcome, judge, pair_outcome

OPTIONS = ["Bird", "Clock", "Rain", "Frog"]


@pytest.mark.parametrize(
    ("other", "caption", "absent", "answer", "outcome", "right"),
    [
        ("Bird", None, False, "Bird", "grounded", True),  # aligned
        ("Clock", None, False, "Bird", "grounded", True),  # misaligned
        ("Clock", None, False, "Clock", "other_modality", False),
        ("Clock", None, False, "Frog", "other_class", False),
        ("Bird", "Rain", False, "Rain", "caption", False),  # misleading caption
        ("Bird", "Rain", False, "Bird", "grounded", True),
        ("Bird", None, True, "Bird", "other_modality", True),  # the modality asked about is absent
        ("Bird", None, True, "None of the above", "abstained", False),
        ("Bird", None, True, "Frog", "other_class", False),
        (None, None, False, "Bird", "grounded", True),  # the other modality is absent
        (None, None, False, "Clock", "other_class", False),
        ("Clock", None, False, "None of the above", "abstained", False),
        ("Clock", None, False, "Bird or Clock", "off_list", False),
        ("Clock", None, False, "violin", "off_list", False),
        ("Clock", None, False, "", "off_list", False),  # the model's own
        ("Clock", None, False, None, "error", False),
    ],
)
def test_what_an_answer_means(
    other: str | None, caption: str | None, absent: bool, answer: str | None, outcome: Outcome, right: bool
) -> None:
    judged = judge(answer, OPTIONS, reference="Bird", other=other, caption=caption, absent=absent)
    assert (judged.outcome, judged.right) == (outcome, right)


def test_an_error_is_an_error_whatever_was_said() -> None:
    judged = judge("Bird", OPTIONS, reference="Bird", error="time-out")
    assert (judged.outcome, judged.right, judged.reading.why) == ("error", False, "time-out")


@pytest.mark.parametrize(
    ("visual", "audio", "absent", "together"),
    [
        ("grounded", "grounded", "", "both"),
        ("grounded", "other_modality", "", "follows_video"),
        ("other_modality", "grounded", "", "follows_audio"),
        ("caption", "caption", "", "follows_caption"),
        ("abstained", "abstained", "", "abstains_both"),
        ("other_modality", "other_modality", "", "other"),
        ("grounded", "off_list", "", "other"),
        ("abstained", "grounded", "visual", "both"),
        ("other_modality", "grounded", "visual", "follows_audio"),
        ("abstained", "abstained", "visual", "abstains_both"),
        ("grounded", "abstained", "audio", "both"),
        ("grounded", "other_modality", "audio", "follows_video"),
    ],
)
def test_what_two_answers_mean_together(visual: Outcome, audio: Outcome, absent: str, together: str) -> None:
    found = pair_outcome(visual, audio, visual_absent=absent == "visual", audio_absent=absent == "audio")
    assert found == together


def test_each_outcome_is_explained() -> None:
    assert len(OUTCOMES) == 7
    assert len(PAIR_OUTCOMES) == 6
    assert all(len(text) >= 13 for text in (*OUTCOMES.values(), *PAIR_OUTCOMES.values()))
