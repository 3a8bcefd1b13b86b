"""The judge is judged by what it says of classes that a clip does not have."""

from __future__ import annotations

from collections.abc import Callable

from mma_bench.manifest import ManifestClip
from mma_bench.verification.checks_file import CHECKS, CheckAnswer, CheckedClip
from mma_eval.checking.judging import judge, rates_of

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


def test_a_judge_that_knows_is_trusted() -> None:
    found = judge(rates_of(clips(lambda k: "yes", lambda k: "no")))
    assert (found.trust, found.reasons) == ("trusted", ())


def test_a_judge_that_always_says_yes_is_found_out_by_every_check() -> None:
    found = judge(rates_of(clips(lambda k: "yes", lambda k: "yes", n=12)))
    assert found.trust == "untrusted"
    for check in CHECKS:
        assert any(r.startswith(f"{check} says yes too easily: to 100 % of the wrong classes") for r in found.reasons)
        assert any(r.startswith(f"{check} does not tell right from wrong") for r in found.reasons)


def test_a_judge_that_always_says_no_does_not_tell_right_from_wrong() -> None:
    found = judge(rates_of(clips(lambda k: "no", lambda k: "no")))
    assert found.trust == "untrusted"
    assert all("does not tell right from wrong" in reason for reason in found.reasons)


def test_a_judge_that_guesses_is_not_trusted() -> None:
    found = judge(rates_of(clips(lambda k: "yes" if k % 2 else "no", lambda k: "yes" if k % 3 else "no")))
    assert found.trust == "untrusted"


def test_a_judge_that_often_says_yes_to_wrong_classes_is_not_trusted_though_it_tells_them_apart() -> None:
    rates = rates_of(clips(lambda k: "yes", lambda k: "yes" if k % 4 == 0 else "no", n=200))
    assert rates["visual_alone"].low is not None
    assert rates["visual_alone"].low > 0.5
    found = judge(rates)
    assert found.trust == "untrusted"
    assert found.reasons[0] == (
        "visual_alone says yes too easily: to 25 % of the wrong classes (at least 20), where 10 % is the most"
    )


def test_one_check_is_enough() -> None:
    made = clips(lambda k: "yes", lambda k: "no")
    for checked in made:
        checked.control["audio_together"] = _said("yes")  # type: ignore[index]
    found = judge(rates_of(made))
    assert found.trust == "untrusted"
    assert {reason.split()[0] for reason in found.reasons} == {"audio_together"}


def test_a_few_clips_show_nothing() -> None:
    found = judge(rates_of(clips(lambda k: "yes", lambda k: "no", n=10)))
    assert found.trust == "not shown"
    assert found.reasons[0] == (
        "visual_alone says yes to 0 of 10 wrong classes: too few to know that it is no more than 10 % (the interval "
        "reaches 28 %)"
    )


def test_without_wrong_classes_nothing_is_shown() -> None:
    made = [CheckedClip(c.clip, "", c.answers) for c in clips(lambda k: "yes", lambda k: "no")]
    found = judge(rates_of(made))
    assert (found.trust, found.reasons[0]) == ("not shown", "visual_alone has no answers about wrong classes")


def test_unclear_answers_count_as_not_yes_and_errors_not_at_all() -> None:
    said = ["yes", "yes", "no", "unclear", "failed"]
    rate = rates_of(clips(lambda k: said[k], lambda k: "no", n=5))["visual_alone"].right
    assert (rate.yes, rate.no, rate.unclear, rate.errors, rate.rate) == (2, 1, 1, 1, 0.5)
    assert rate.low is not None
    assert round(rate.low, 2) == 0.15  # Wilson, 2 of 4


def test_a_judge_that_never_answered_has_no_rates() -> None:
    found = rates_of(clips(lambda k: "failed", lambda k: "failed"))
    assert (found["audio_alone"].right.rate, found["audio_alone"].difference) == (None, None)
    assert judge(found).trust == "not shown"
