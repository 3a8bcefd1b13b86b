"""Base and tuned answer as they would by themselves; answers are judged in words, and remembered."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from mma_bench.core.errors import MMABenchError
from mma_eval.model import Answer, Clip
from mma_eval.resolve import resolve_model
from mma_space.answering.model_pair import ModelPair, NotReadyError
from mma_space.answering.precomputed import are_still_true, examples, precompute, shipped_probes
from mma_space.answering.probing import ProbeCache, fill_matrix, probe
from mma_space.answering.verdicts import verdict_of
from mma_space.clips.gallery import Library
from mma_space.clips.made_clip import MadeClip, make_clip
from mma_space.clips.recipe import Recipe, of_condition


@pytest.fixture(scope="module")
def misaligned(library: Library) -> MadeClip:
    clip = next(c.id for c in library.gallery.clips.values() if c.class_name == "Canidae")
    return make_clip(of_condition("misaligned", clip, library), library)


def test_voices_answer_as_the_model_without_and_with_its_adapter(misaligned: MadeClip, models: ModelPair) -> None:
    said = models.ask(misaligned.clip, misaligned.questions)
    for voice, adapter in (("base", None), ("tuned", "tiny-omni-mma")):
        alone = resolve_model("tiny-omni", {"adapter": adapter})
        alone.load()
        expected = [a.text for a in alone.answer(alone.prepare(misaligned.clip), misaligned.questions)]  # type: ignore[union-attr]
        assert [one.answer.text for one in said[voice]] == expected  # type: ignore[index]
    assert said["base"][1].answer.text != said["tuned"][1].answer.text


def test_the_answer_is_the_likeliest_option(misaligned: MadeClip, models: ModelPair) -> None:
    for answers in models.ask(misaligned.clip, misaligned.questions).values():
        for one in answers:
            assert one.probabilities is not None
            assert sum(one.probabilities.values()) == pytest.approx(1)
            assert max(one.probabilities, key=lambda name: one.probabilities[name]) == one.answer.text  # type: ignore[index]


def test_an_answer_says_where_its_attention_goes(misaligned: MadeClip, models: ModelPair) -> None:
    for answers in models.ask(misaligned.clip, misaligned.questions).values():
        for said in answers:
            assert said.attention is not None
            assert list(said.attention) == ["video", "audio", "text"]
            assert sum(said.attention.values()) == pytest.approx(1, abs=1e-5)
            assert min(said.attention.values()) > 0.001


def test_an_answer_whose_attention_cannot_be_had_is_not_lost(
    misaligned: MadeClip, models: ModelPair, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = models.ask(misaligned.clip, misaligned.questions)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a row that cannot be reckoned")

    monkeypatch.setattr("mma_eval.attention.captured.rows_of_steps", fail)
    monkeypatch.setattr("mma_eval.attention.captured.last_row", fail)
    found = models.ask(misaligned.clip, misaligned.questions)
    for voice, answers in expected.items():
        assert [said.answer.text for said in found[voice]] == [said.answer.text for said in answers]
        assert [said.probabilities for said in found[voice]] == [said.probabilities for said in answers]
        assert [said.attention for said in found[voice]] == [None] * len(answers)
    assert "no attention of an answer can be shown" in caplog.text


def test_an_offered_abstention_is_an_option(library: Library, models: ModelPair) -> None:
    recipe = of_condition("frames_zeroed", next(iter(library.gallery.clips)), library, "abstain")
    found = probe(recipe, library, models, ProbeCache({}))
    assert "None of the above" in (found.answer("base", "visual").probabilities or {})


def test_after_reasoning_probabilities_mean_nothing(library: Library, models: ModelPair) -> None:
    recipe = of_condition("aligned", next(iter(library.gallery.clips)), library, "cot")
    assert probe(recipe, library, models, ProbeCache({})).answer("tuned", "audio").probabilities is None


@pytest.mark.parametrize(
    ("recipe", "prompt", "text", "outcome", "words", "right"),
    [
        ({"sound": "donor"}, 0, "Canidae", "grounded", "grounded in the picture", True),
        ({"sound": "donor"}, 0, "DONOR", "other_modality", "followed the sound", False),
        ({"sound": "donor"}, 1, "Canidae", "other_modality", "followed the picture", False),
        ({"sound": "donor"}, 1, "DONOR", "grounded", "grounded in the sound", True),
        ({"caption": "Bird"}, 0, "a bird", "caption", "followed the caption", False),
        ({"picture": "black"}, 0, "Canidae", "other_modality", "followed the sound", False),
        ({"picture": "black"}, 0, "None of the above", "abstained", "rightly: nothing to see", True),
        ({"sound": "silence"}, 1, "I hear nothing", "abstained", "rightly: nothing to hear", True),
        ({}, 0, "None of the above", "abstained", "though there is a picture", False),
        ({}, 0, "Rain", "other_class", "nothing in the clip is that", False),
        ({}, 0, "A bird or a clock", "off_list", "no single option", False),
    ],
)
def test_verdicts_in_words(
    recipe: dict[str, str], prompt: int, text: str, outcome: str, words: str, right: bool, library: Library
) -> None:
    clip = next(c.id for c in library.gallery.clips.values() if c.class_name == "Canidae")
    donor = library.donor(clip) if recipe.get("sound") == "donor" else None
    made = make_clip(Recipe(clip, donor=donor, **recipe), library)  # type: ignore[arg-type]
    said = text.replace("DONOR", str(library.describe(donor or clip).audio_class))
    verdict = verdict_of(made, made.questions[prompt], Answer(said))
    assert (verdict.outcome, verdict.right) == (outcome, right)
    assert words in verdict.words


@pytest.mark.parametrize(
    ("shows", "sounds_like", "present", "text", "outcome"),
    [
        (None, None, True, "Bird", "unjudged"),
        ("Bird", None, True, "Bird", "grounded"),
        ("Bird", None, True, "Clock", "unjudged"),  # it may be what is heard
        ("Bird", None, True, "I cannot tell", "abstained"),
        (None, "Clock", False, "None of the above", "abstained"),
        (None, "Clock", False, "Clock", "other_modality"),
        (None, None, False, "Clock", "unjudged"),
    ],
)
def test_what_nobody_told_is_not_judged(
    shows: str | None, sounds_like: str | None, present: bool, text: str, outcome: str, misaligned: MadeClip
) -> None:
    clip = replace(misaligned.clip, visual_present=present)
    unknown = MadeClip(misaligned.recipe, clip, misaligned.questions, shows, sounds_like)
    assert verdict_of(unknown, unknown.questions[0], Answer(text)).outcome == outcome


def test_the_matrix_fills_row_by_row(library: Library, models: ModelPair) -> None:
    clip = list(library.gallery.clips)[5]
    filled = [
        sum(row.probed is not None for row in rows)
        for rows in fill_matrix(clip, "plain", library, models, ProbeCache({}))
    ]
    assert filled == [0, 1, 2, 3, 4, 5, 6]


def test_what_was_asked_is_remembered(library: Library, models: ModelPair) -> None:
    memory, recipe = ProbeCache({}), of_condition("aligned", list(library.gallery.clips)[4], library)
    assert probe(recipe, library, models, memory) is probe(recipe, library, models, memory)


def test_the_answers_that_come_along_are_those_that_the_model_gives(library: Library, models: ModelPair) -> None:
    shipped = shipped_probes(library, "tiny-omni", "tiny-omni-mma")
    now = precompute(library, models).probes
    assert set(shipped) == {p.query for p in now}
    assert {e.query for e in examples(library)} <= set(shipped)
    for fresh in now:
        for known, again in zip(shipped[fresh.query].answers, fresh.answers, strict=True):
            assert (known.text, known.verdict, known.question) == (again.text, again.verdict, again.question)
            assert known.probabilities == pytest.approx(again.probabilities, abs=0.02)


def test_another_model_or_other_clips_have_no_answers_yet(library: Library) -> None:
    assert not shipped_probes(library, "Qwen/Qwen2.5-Omni-7B", None)


@pytest.mark.parametrize(
    ("model", "adapter", "said"),
    [
        ("no-such-model", None, "no folder or model of this name"),
        ("tiny-omni", "no-such-adapter", "no such folder"),
        ("org/never-downloaded", None, "org/never-downloaded"),
    ],
)
def test_a_model_that_cannot_be_had_says_why(model: str, adapter: str | None, said: str, misaligned: MadeClip) -> None:
    broken = ModelPair(model, adapter)
    broken.load()
    with pytest.raises(NotReadyError, match=said):
        broken.ask(misaligned.clip, misaligned.questions)


def test_who_asks_a_small_model_early_waits_for_it(misaligned: MadeClip) -> None:
    later = ModelPair("tiny-omni", None)
    threading.Thread(target=later.load).start()
    assert set(later.ask(misaligned.clip, misaligned.questions)) == {"base"}


def test_who_asks_a_large_model_early_is_told_so(misaligned: MadeClip) -> None:
    with pytest.raises(NotReadyError, match="still being loaded"):
        ModelPair("org/large", None).ask(misaligned.clip, misaligned.questions)


def test_what_another_model_said_beforehand_is_forgotten(models: ModelPair) -> None:
    assert are_still_true(models)
    other = ModelPair("tiny-omni", None)
    other.load()
    assert not are_still_true(other)


def test_on_a_lent_gpu_all_weights_are_put_on_it() -> None:
    """In the emulation of `spaces`, which needs no GPU: weights become stand-ins for what will be lent."""
    script = """
import mma_space.answering.zerogpu
from mma_space.answering.model_pair import ModelPair
models = ModelPair("tiny-omni", "tiny-omni-mma")
models.load()
assert models.failure is None, models.failure
from spaces.zero.torch import patching
weights = [*models._model.thinker.parameters(), *models._model.thinker.buffers()]
assert all(weight in patching.cuda_aliases for weight in weights)
print(len(weights), "weights")
"""
    lent = {"SPACES_ZERO_GPU": "1", "SPACES_ZERO_DEVICE_API_URL": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, **lent}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 100


def test_one_failure_does_not_end_the_matrix(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "moody.py").write_text(
        "from mma_eval import Model\n"
        "class Moody(Model):\n"
        "    def answer(self, clip, questions):\n"
        "        if not clip.visual_present:\n"
        "            raise RuntimeError('out of memory')\n"
        "        return ['Bird'] * len(questions)\n"
    )
    moody = ModelPair(f"{tmp_path}/moody.py:Moody", None)
    moody.load()
    *_, rows = fill_matrix(next(iter(library.gallery.clips)), "plain", library, moody, ProbeCache({}))
    said = [row.probed.answers[0].error if row.probed else row.failure for row in rows]
    assert [bool(sentence) for sentence in said] == [False, False, True, False, False, False]
    assert "out of memory" in str(said[2])


def test_a_model_of_ones_own_answers_without_bars(misaligned: MadeClip) -> None:
    own = ModelPair("constant:Bird", None)
    own.load()
    (visual, audio) = own.ask(misaligned.clip, misaligned.questions)["base"]
    assert (visual.answer.text, audio.answer.text, visual.probabilities) == ("Bird", "Bird", None)


def test_a_clip_that_cannot_be_read_is_no_stack_trace(misaligned: MadeClip, models: ModelPair) -> None:
    with pytest.raises(MMABenchError):
        models.ask(Clip("broken", b"no mp4", b"no flac"), misaligned.questions)
