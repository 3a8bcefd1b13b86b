"""Probabilities of options equal those of separate passes; a disabled adapter has no effect."""

from typing import Any

import pytest

from mma_bench.benchmark.prompts import question
from mma_bench.media.sound import encode_flac, read_sound
from mma_bench.sources.synthetic.drawing import Drawing
from mma_eval.model import Clip, Question
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
