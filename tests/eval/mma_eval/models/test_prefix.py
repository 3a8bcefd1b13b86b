"""Probabilities of options equal those of separate passes; a disabled adapter has no effect; streams are cached."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mma_bench.benchmark.prompts import question
from mma_bench.media.sound import encode_flac, read_sound
from mma_bench.sources.synthetic.drawing import Drawing
from mma_eval.model import Clip, Question
from mma_eval.models.prefix import LRUCache
from mma_eval.resolve import resolve_model

OPTIONS = ("Rain", "Rain_on_surface", "Bird", "Bowed_string_instrument")


@pytest.fixture(scope="module")
def tuned() -> Any:
    model = resolve_model("tiny-omni", {"adapter": "tiny-omni-mma"})
    model.load()
    return model


@pytest.fixture(scope="module")
def clip() -> Clip:
    mp4 = Drawing("Bird", "test", 5, 0, size=112).render()
    return Clip("drawn", mp4, encode_flac(read_sound(mp4)))


ASKED = Question("row", "audio", "plain", 0, question("audio", OPTIONS), OPTIONS)


def test_they_are_those_of_one_pass_for_each_option(tuned: Any, clip: Clip) -> None:
    import torch

    tokenizer, thinker = tuned.processor.tokenizer, tuned.thinker
    with torch.inference_mode():
        prefix = tuned.encode(tuned.prepare(clip))
        found = tuned.weigh(prefix, ASKED)
        asked = tokenizer(ASKED.text + tuned.after, add_special_tokens=False)["input_ids"]
        totals = []
        for option in OPTIONS:
            said = [*tokenizer(option, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
            ids = torch.tensor([[*asked, *said]])
            at = torch.arange(prefix.next_position, prefix.next_position + ids.shape[1]).expand(3, 1, -1)
            hidden = thinker.model(
                input_ids=ids, position_ids=at, past_key_values=prefix.cache, use_cache=True
            ).last_hidden_state
            prefix.cache.crop(prefix.length - prefix.cache.get_seq_length())
            foretold = thinker.lm_head(hidden[0, len(asked) - 1 : -1]).log_softmax(-1)
            totals.append(foretold[range(len(said)), said].sum())
        expected = torch.stack(totals).softmax(0).tolist()
    assert list(found.values()) == pytest.approx(expected, abs=1e-5)
    assert list(found) == list(OPTIONS)


def test_weighing_leaves_the_clip_as_it_was(tuned: Any, clip: Clip) -> None:
    import torch

    with torch.inference_mode():
        prefix = tuned.encode(tuned.prepare(clip))
        before = tuned.reply(prefix, ASKED).text
        first, second = tuned.weigh(prefix, ASKED), tuned.weigh(prefix, ASKED)
        assert first == second
        assert tuned.reply(prefix, ASKED).text == before


def test_without_its_adapter_it_is_the_base(tuned: Any, clip: Clip) -> None:
    import torch

    base = resolve_model("tiny-omni")
    base.load()
    found = []
    for model in (tuned, base):
        with torch.inference_mode(), tuned.without_adapter():
            found.append(model.weigh(model.encode(model.prepare(clip)), ASKED))  # type: ignore[attr-defined]
    assert found[0] == pytest.approx(found[1], abs=1e-6)
    with torch.inference_mode():
        again = tuned.weigh(tuned.encode(tuned.prepare(clip)), ASKED)
    assert again != pytest.approx(found[0], abs=1e-5)


def test_a_cached_value_is_made_once() -> None:
    recent, made = LRUCache[int](2), []
    values = [recent.get("a", lambda: made.append(1) or 7) for _ in range(3)]  # type: ignore[func-returns-value]
    assert (values, len(made)) == ([7, 7, 7], 1)


def test_those_that_were_wanted_last_are_kept() -> None:
    recent, made = LRUCache[str](2), []

    def want(key: str) -> None:
        recent.get(key, lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    for key in "abacab":  # c pushes b out, which was wanted before a; b comes again and pushes c out
        want(key)
    assert made == ["a", "b", "c", "b"]


def test_without_a_key_nothing_is_kept() -> None:
    recent, made = LRUCache[int](2), []
    for _ in range(3):
        recent.get(None, lambda: made.append(1) or 7)  # type: ignore[func-returns-value]
    assert len(made) == 3


def test_many_threads_that_want_the_same_wait_for_one() -> None:
    recent, made, begun = LRUCache[int](2), [], threading.Barrier(8)

    def make() -> int:
        made.append(1)
        time.sleep(0.05)
        return 7

    def want(_: int) -> int:
        begun.wait()
        return recent.get("a", make)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(want, range(8))) == [7] * 8
    assert len(made) == 1


def test_what_failed_is_tried_again() -> None:
    recent = LRUCache[int](2)

    def fail() -> int:
        raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        recent.get("a", fail)
    assert recent.get("a", lambda: 7) == 7
