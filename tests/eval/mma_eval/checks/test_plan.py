"""The questions about each medium, word for word as in appendix B.1, and the choice of the wrong class."""

from mma_bench.manifest.clips import ManifestClip
from mma_bench.verification.checks_file import CHECKS
from mma_eval.checks.plan import MEDIA, control_class, key_of, questions_about

CLASSES = ["Bell", "Bird", "Cat"]


def clip(name: str = "a", class_name: str = "Cat") -> ManifestClip:
    return ManifestClip(name, class_name, "test", 0.0, 10.0, url="https://example.org/a.mp4")


def test_the_questions_are_the_papers() -> None:
    asked = {m: [a.question.text for a in questions_about(m, clip(), None, "0" * 64)] for m in MEDIA}
    seen, heard = (
        "Is the Cat clearly visible in this video? Answer with Yes or No",
        "Is the sound of Cat clearly audible in this video? Answer with Yes or No",
    )
    assert asked == {"both": [seen, heard], "picture": [seen], "sound": [heard]}


def test_each_check_is_asked_once_and_its_control_once() -> None:
    asked = [a for medium in MEDIA for a in questions_about(medium, clip(), "Bird", "0" * 64)]
    assert sorted(a.condition for a in asked) == sorted([*CHECKS, *(f"control_{check}" for check in CHECKS)])
    assert len({a.key for a in asked}) == 8
    assert {a.key for a in asked} == {key_of(c, "a", name, "0" * 64) for c in CHECKS for name in ("Cat", "Bird")}


def test_the_answer_about_another_file_is_another_answer() -> None:
    keys = [{a.key for a in questions_about("both", clip(), "Bird", digest * 64)} for digest in "01"]
    assert not keys[0] & keys[1]


def test_the_wrong_class_is_never_the_right_one_and_is_drawn_from_all_others() -> None:
    drawn = {control_class(clip(str(k)), CLASSES, 0) for k in range(60)}
    assert drawn == {"Bell", "Bird"}


def test_the_wrong_class_depends_on_the_seed_and_the_clip_alone() -> None:
    draws = [[control_class(clip(str(k)), CLASSES, seed) for k in range(20)] for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]
    assert draws[0] == [control_class(clip(str(k)), reversed(CLASSES), 0) for k in range(20)]


def test_where_there_is_one_class_there_is_no_wrong_one() -> None:
    assert control_class(clip(), ["Cat"], 0) is None
