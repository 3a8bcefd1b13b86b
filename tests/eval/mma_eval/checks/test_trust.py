"""The judge is judged by what it says of classes that a clip does not have."""

import random
from collections.abc import Callable

import pytest

from mma_bench.manifest.clips import ManifestClip
from mma_bench.verification.checks_file import CHECKS, CheckAnswer, CheckedClip
from mma_eval.checks.report import findings, headline, rate_text
from mma_eval.checks.trust import Judgement, assess_judge, rates_of, wrong_rates_by_class

Says = Callable[[int], str]


def clips(right: Says, wrong: Says, n: int = 60) -> list[CheckedClip]:
    """As many clips, of which the judge says so."""
    return [
        CheckedClip(
            ManifestClip(str(k), "Cat", "test", 0.0, 10.0, url="https://example.org/a.mp4"),
            "",
            {c: _said(right(k)) for c in CHECKS},
            "Dog",
            {c: _said(wrong(k)) for c in CHECKS},
        )
        for k in range(n)
    ]


def _said(word: str) -> CheckAnswer:
    return CheckAnswer(None, error=word) if word == "failed" else CheckAnswer(word, word)  # type: ignore[arg-type]


def judge(made: list[CheckedClip]) -> Judgement:
    return assess_judge(rates_of(made), wrong_rates_by_class(made))


def found_by(judgement: Judgement) -> set[tuple[str, str]]:
    return {(reason.kind, reason.check) for reason in judgement.reasons}


def of_classes(says_right: Callable[[str, int], bool], says_wrong: Callable[[str, int], bool]) -> list[CheckedClip]:
    """7,000 clips of 49 classes, each asked about another one in turn."""
    names = [f"C{k:02}" for k in range(49)]
    made = []
    for k in range(7000):
        name, wrong = names[k % 49], names[(k + 1 + k // 49 % 48) % 49]
        right_word, wrong_word = ("yes" if said else "no" for said in (says_right(name, k), says_wrong(wrong, k)))
        clip = ManifestClip(str(k), name, "test", 0.0, 10.0, url="https://example.org/a.mp4")
        answers, control = ({c: _said(word) for c in CHECKS} for word in (right_word, wrong_word))
        made.append(CheckedClip(clip, "", answers, wrong, control))
    return made


def test_a_judge_that_knows_is_trusted() -> None:
    found = judge(clips(lambda k: "yes", lambda k: "no"))
    assert (found.trust, found.reasons) == ("trusted", ())


def test_a_judge_that_always_says_yes_is_found_out_by_every_check() -> None:
    found = judge(clips(lambda k: "yes", lambda k: "yes", n=12))
    assert found.trust == "untrusted"
    assert found_by(found) == {(kind, check) for kind in ("yes_too_easily", "indistinct") for check in CHECKS}
    assert found.reasons[0].text.startswith("visual_alone says yes too easily: to 100 % of the wrong classes")


def test_a_judge_that_always_says_no_does_not_tell_right_from_wrong() -> None:
    found = judge(clips(lambda k: "no", lambda k: "no"))
    assert found.trust == "untrusted"
    assert found_by(found) == {("indistinct", check) for check in CHECKS}
    assert "does not tell right from wrong" in found.reasons[0].text


def test_a_judge_that_guesses_is_not_trusted() -> None:
    found = judge(clips(lambda k: "yes" if k % 2 else "no", lambda k: "yes" if k % 3 else "no"))
    assert found.trust == "untrusted"


def test_a_judge_that_often_says_yes_to_wrong_classes_is_not_trusted_though_it_tells_them_apart() -> None:
    made = clips(lambda k: "yes", lambda k: "yes" if k % 4 == 0 else "no", n=200)
    rates = rates_of(made)
    assert rates["visual_alone"].low is not None
    assert rates["visual_alone"].low > 0.5
    found = judge(made)
    assert found.trust == "untrusted"
    assert found.reasons[0].text == (
        "visual_alone says yes too easily: to 25 % of the wrong classes (at least 20), where 10 % is the most"
    )


def test_one_check_is_enough() -> None:
    made = clips(lambda k: "yes", lambda k: "no")
    for checked in made:
        checked.control["audio_together"] = _said("yes")  # type: ignore[index]
    found = judge(made)
    assert found.trust == "untrusted"
    assert {reason.check for reason in found.reasons} == {"audio_together"}


def test_a_few_clips_show_nothing() -> None:
    found = judge(clips(lambda k: "yes", lambda k: "no", n=10))
    assert found.trust == "not shown"
    assert found.reasons[0].text == (
        "visual_alone says yes to 0 of 10 wrong classes: too few to know that it is no more than 10 % (the interval "
        "reaches 28 %)"
    )


def test_without_wrong_classes_nothing_is_shown() -> None:
    made = [CheckedClip(c.clip, "", c.answers) for c in clips(lambda k: "yes", lambda k: "no")]
    found = judge(made)
    assert (found.trust, found.reasons[0].text) == ("not shown", "visual_alone has no answers about wrong classes")


def test_unclear_answers_and_errors_are_counted_apart() -> None:
    said = ["yes", "yes", "no", "unclear", "failed"]
    rate = rates_of(clips(lambda k: said[k], lambda k: "no", n=5))["visual_alone"].right
    assert (rate.yes, rate.no, rate.unclear, rate.errors, rate.rate) == (2, 1, 1, 1, 2 / 3)
    assert rate.low is not None
    assert round(rate.low, 2) == 0.21  # Wilson, 2 of 3
    assert rate_text(rate) == "67 % of 3 (21 to 94), 1 unclear, 1 errors"


def test_a_judge_that_hardly_answers_about_wrong_classes_is_not_shown_to_tell_them() -> None:
    found = judge(clips(lambda k: "yes" if k % 8 else "no", lambda k: "no" if k < 11 else "unclear", n=86))
    assert found.trust == "not shown"
    assert found.reasons[0].text == (
        "visual_alone says yes to 0 of 11 wrong classes (75 were unclear): too few to know that it is no more than "
        "10 % (the interval reaches 26 %)"
    )


def test_a_judge_that_is_never_clear_about_wrong_classes_is_not_shown_to_tell_them() -> None:
    made = clips(lambda k: "yes", lambda k: "unclear")
    assert rate_text(rates_of(made)["audio_alone"].wrong) == "60 unclear"
    found = judge(made)
    assert (found.trust, found.reasons[0].text) == (
        "not shown",
        "visual_alone has no answers about wrong classes (60 were unclear)",
    )


@pytest.mark.parametrize(("right", "wrong"), [("yes", "yes"), ("no", "no"), ("no", "yes"), ("yes", "no")])
@pytest.mark.parametrize("n", [1, 9])
def test_of_a_clip_or_two_nothing_is_held_against_a_judge(right: str, wrong: str, n: int) -> None:
    found = judge(clips(lambda k: right, lambda k: wrong, n=n))
    assert found.trust == "not shown"
    assert found.reasons[0].text.startswith("visual_alone: too few answers to tell")


def test_a_judge_that_never_answered_has_no_rates() -> None:
    made = clips(lambda k: "failed", lambda k: "failed")
    found = rates_of(made)
    assert (found["audio_alone"].right.rate, found["audio_alone"].difference) == (None, None)
    assert judge(made).trust == "not shown"


def test_a_judge_that_hardly_ever_finds_a_class_more_where_it_is_than_elsewhere_is_untrusted() -> None:
    found = judge(of_classes(lambda name, k: k % 100 < 11, lambda name, k: (k * 7 + 3) % 100 < 8))
    assert found.trust == "untrusted"
    assert found.reasons[0].text.startswith(
        "visual_alone hardly tells right from wrong: yes to right classes less yes to wrong ones is +3 points (at most"
    )


def test_a_difference_that_may_be_the_least_or_not_is_not_shown() -> None:
    found = judge(clips(lambda k: "yes" if k % 3 == 0 else "no", lambda k: "no"))
    assert found.trust == "not shown"
    assert (
        "visual_alone: yes to right classes less yes to wrong ones is +33 points, too few answers"
        in found.reasons[0].text
    )


def test_a_judge_that_says_yes_to_a_few_classes_whatever_it_sees_is_untrusted_for_those() -> None:
    easy = ("C00", "C01", "C02", "C03")
    made = of_classes(lambda name, k: name in easy or k % 10 < 6, lambda name, k: name in easy)
    rate = rates_of(made)["visual_alone"].wrong
    assert rate.high is not None
    assert rate.high < 0.10
    found = judge(made)
    assert found.trust == "trusted"
    assert found.classes == dict.fromkeys(easy, CHECKS)
    assert headline(found).endswith("but not every class: of some it cannot be trusted.")
    assert findings(found)[0] == "visual_alone cannot be trusted of C00, C01, C02, C03: it says yes too easily"


def test_of_a_judge_that_rarely_errs_no_class_is_named_by_chance() -> None:
    draw = random.Random(3)
    found = judge(of_classes(lambda name, k: True, lambda name, k: draw.random() < 0.08))
    assert (found.trust, found.classes) == ("trusted", {})
    few = judge(clips(lambda k: "yes", lambda k: "yes" if k == 0 else "no", n=1))
    assert few.classes == {}
