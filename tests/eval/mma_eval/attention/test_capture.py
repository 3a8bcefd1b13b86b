"""Captured rows equal those of eager attention, which has all weights, for every model family."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from mma_eval.attention.answers import MODALITIES
from mma_eval.attention.capture import capture_attention
from mma_eval.attention.captured import last_row, rows_of_steps
from mma_eval.attention.layout import decoder_layers, modalities_of
from mma_eval.attention.measuring import AttentiveModel, answer_with_shares
from mma_eval.model import ModelError
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_eval.run.questions import ClipQuestions
from whole_attention import WINDOW, Load, in_one_pass, measured, passes

CLOSE = 1e-5


def tensors_of(value: Any) -> Iterator[Any]:
    """Yield all tensors that an object refers to."""
    import torch

    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from tensors_of(inner)
    elif hasattr(value, "__dict__"):
        yield from tensors_of(vars(value))


@pytest.mark.parametrize("number", range(4))
def test_rows_are_those_of_output_attentions(checkpoint: str, load: Load, unit: ClipQuestions, number: int) -> None:
    captured = measured(load(checkpoint), unit, number)
    whole = in_one_pass(load(checkpoint, "eager"), unit, unit.targets[number].question)
    keys = np.array(whole.keys)
    assert captured.keys.tolist() == whole.keys
    assert set(whole.keys) == {0, 1, 2}
    by_modality = [whole.attentions[..., keys == k].sum(-1).mean(2) for k in range(len(MODALITIES))]
    assert np.abs(captured.shares - np.stack(by_modality, axis=-1)).max() < CLOSE
    assert np.abs(captured.last_layer - whole.attentions[-1].mean(0)).max() < CLOSE
    assert captured.shares.sum(-1) == pytest.approx(1, abs=CLOSE)


def test_a_row_sees_no_later_key(checkpoint: str, load: Load, unit: ClipQuestions) -> None:
    rows = measured(load(checkpoint), unit, 1).last_layer
    said, keys = rows.shape
    for number, row in enumerate(rows):
        end = keys - said + 1 + number
        assert (row[:end] > 0).all()
        assert (row[end:] == 0).all()


def test_answers_are_those_of_an_evaluation(checkpoint: str, load: Load, unit: ClipQuestions) -> None:
    model = load(checkpoint)
    questions = [asked.question for asked in unit.targets]
    plain = model.answer(model.prepare(unit.clip), questions)
    captured = AttentiveModel(model).answer(model.prepare(unit.clip), questions)
    assert [a.text for a in captured] == [a.text for a in plain]
    assert [a.tokens for a in captured] == [a.tokens for a in plain]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_logits_are_unchanged_and_nothing_is_captured_afterwards(
    checkpoint: str, load: Load, unit: ClipQuestions, attention: str
) -> None:
    import torch

    model = load(checkpoint, attention)
    hooks = [len(layer._forward_hooks) for layer in decoder_layers(model.thinker)]
    ids = model.prepare(unit.clip).inputs["input_ids"]
    prompt = modalities_of(ids[0].numpy(), model.thinker.config)
    with torch.inference_mode():
        plain = model.thinker(input_ids=ids).logits
        with capture_attention(model.thinker, prompt) as captured:
            assert torch.equal(model.thinker(input_ids=ids).logits, plain)
        assert torch.equal(model.thinker(input_ids=ids).logits, plain)
    assert passes(captured) == {1}
    assert [len(layer._forward_hooks) for layer in decoder_layers(model.thinker)] == hooks


def test_captured_tensors_hold_no_larger_ones_in_memory(checkpoint: str, load: Load) -> None:
    import torch

    model = load(checkpoint)
    with torch.inference_mode(), capture_attention(model.thinker, np.full(500, 2, dtype=np.int8)) as captured:
        model.thinker(input_ids=torch.full((1, 500), 20))
    assert (
        max(tensor.untyped_storage().nbytes() for tensor in tensors_of(captured)) <= 500 * 3 * 4
    )  # modalities of keys


def test_encoder_attention_is_not_recorded(checkpoint: str, load: Load, unit: ClipQuestions) -> None:
    import torch

    model = load(checkpoint)
    prepared = model.prepare(unit.clip)
    ids = prepared.inputs["input_ids"][0].numpy()
    with torch.inference_mode(), capture_attention(model.thinker, modalities_of(ids, model.thinker.config)) as captured:
        model.encode(prepared)
    assert passes(captured) == {1}
    assert len(captured.sums) == len(decoder_layers(model.thinker))


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_in_half_precision_shares_still_add_up(checkpoint: str, load: Load, unit: ClipQuestions, dtype: str) -> None:
    captured = measured(load(checkpoint, dtype=dtype), unit, 0)
    exact = measured(load(checkpoint), unit, 0)
    assert captured.shares.dtype == np.float32
    assert captured.shares.sum(-1) == pytest.approx(1, abs=CLOSE)
    assert np.abs(captured.shares - exact.shares).max() < 0.1


@pytest.mark.parametrize("said", [5, 40])
def test_each_row_of_a_cached_answer_is_that_of_one_pass_over_all(
    checkpoint: str, load: Load, unit: ClipQuestions, said: int
) -> None:
    import torch

    model, eager = (load(checkpoint, attention, said=said) for attention in ("sdpa", "eager"))
    question = unit.targets[0].question
    with torch.inference_mode():
        clip = model.prepare(unit.clip)
        prefix = model.encode(clip)
        ids = np.concatenate([clip.inputs["input_ids"][0].numpy(), model.asked(question)])
        with capture_attention(model.thinker, modalities_of(ids, model.thinker.config)) as captured:
            model.say(prefix, question)
    whole = in_one_pass(eager, unit, question)
    rows = whole.attentions.shape[2]
    assert rows == said or checkpoint == "tiny-omni"  # which ends its answers itself
    expected = np.stack([whole.attentions[..., np.array(whole.keys) == k].sum(-1) for k in range(3)], axis=-1)
    found = np.stack([torch.cat(layer)[:rows].numpy() for layer in captured.sums])
    assert np.abs(found.swapaxes(1, 2) - expected).max() < CLOSE
    assert np.abs(captured.last_layer(rows) - whole.attentions[-1].mean(0)).max() < CLOSE


def test_steps_computed_in_one_batch_have_the_rows_of_each_alone() -> None:
    import torch

    torch.manual_seed(0)
    queries, key = torch.randn(4, 6, 8), torch.randn(1, 2, 9, 8)
    together = rows_of_steps(queries, key)
    for number, query in enumerate(queries):
        seen = 9 - 3 + number
        alone = last_row(query[None, :, None], key[:, :, :seen], None)
        assert torch.allclose(together[number, :, :seen], alone, atol=1e-6)
        assert (together[number, :, seen:] == 0).all()


def test_shares_alone_are_those_of_the_full_measurement(checkpoint: str, load: Load, unit: ClipQuestions) -> None:
    import torch

    model, question = load(checkpoint), unit.targets[1].question
    with torch.inference_mode():
        clip = model.prepare(unit.clip)
        answer, shares = answer_with_shares(model, clip, model.encode(clip), question)
    full = measured(model, unit, 1)
    assert answer.text == full.text
    assert np.array_equal(shares, full.shares)


def test_rows_with_an_adapter_are_those_of_output_attentions_with_it(unit: ClipQuestions) -> None:
    captured, whole = (tuned(attention) for attention in ("sdpa", "eager"))
    for number in (0, 1):
        found = measured(captured, unit, number)
        expected = in_one_pass(whole, unit, unit.targets[number].question)
        keys = np.array(expected.keys)
        by_modality = [expected.attentions[..., keys == k].sum(-1).mean(2) for k in range(len(MODALITIES))]
        assert np.abs(found.shares - np.stack(by_modality, axis=-1)).max() < CLOSE
        assert np.abs(found.last_layer - expected.attentions[-1].mean(0)).max() < CLOSE


def tuned(attention: str) -> OmniModel:
    model = resolve_model("tiny-omni", {"adapter": "tiny-omni-mma", "attention": attention, "max_new_tokens": 5})
    assert isinstance(model, OmniModel)
    model.load()
    return model


def test_an_error_within_a_pass_leaves_the_encoded_clip_as_it_was(
    checkpoint: str, load: Load, unit: ClipQuestions
) -> None:
    import torch

    model, question = load(checkpoint), unit.targets[0].question
    last = decoder_layers(model.thinker)[-1].self_attn

    def fail(*_: object) -> None:
        raise RuntimeError("in the last layer")

    with torch.inference_mode():
        prefix = model.encode(model.prepare(unit.clip))
        expected = model.reply(prefix, question).text
        hook = last.register_forward_pre_hook(fail)
        with pytest.raises(RuntimeError, match="in the last layer"):
            model.reply(prefix, question)
        hook.remove()
        assert model.reply(prefix, question).text == expected


def test_an_adapter_changes_what_is_attended_to(unit: ClipQuestions) -> None:
    shares = []
    for options in ({}, {"adapter": "tiny-omni-mma"}):
        model = resolve_model("tiny-omni", options)
        assert isinstance(model, OmniModel)
        model.load()
        shares.append(measured(model, unit, 0).shares)
    assert shares[0].shape == shares[1].shape
    assert np.abs(shares[0] - shares[1]).max() > 1e-3


def test_unexpected_keys_are_an_error(checkpoint: str, load: Load) -> None:
    import torch

    model = load(checkpoint)
    with (
        torch.inference_mode(),
        capture_attention(model.thinker, np.full(3, 2, dtype=np.int8)),
        pytest.raises(ModelError, match="attends to 5 keys, but the prompt and the answer so far have 3"),
    ):
        model.thinker(input_ids=torch.tensor([[20, 21, 22, 23, 24]]))


def test_a_model_of_another_kind_is_named() -> None:
    import torch

    with pytest.raises(ModelError, match=r"Linear: .* expected .* in model\.language_model\.layers"):
        decoder_layers(torch.nn.Linear(2, 2))


def test_a_sliding_window_does_slide(load: Load, unit: ClipQuestions, sliding: str) -> None:
    rows = in_one_pass(load(sliding, "eager"), unit, unit.targets[0].question).attentions
    assert (rows[0, :, -1] > 0).all()
    assert (rows[1, :, -1, :-WINDOW] == 0).all()


def test_masks_of_every_kind_hide_the_same_keys() -> None:
    import torch

    torch.manual_seed(0)
    query, key = torch.randn(1, 4, 3, 8), torch.randn(1, 2, 6, 8)
    hidden = torch.tensor([False, True, True, True, False, True])
    as_bool = hidden.expand(1, 1, 3, 6)
    as_float = torch.zeros(1, 1, 3, 6).masked_fill(~as_bool, torch.finfo(torch.float32).min)
    rows = [last_row(query, key, mask) for mask in (as_bool, as_float, hidden[None], hidden[None].long())]
    assert all(torch.equal(row, rows[0]) for row in rows)
    assert (rows[0][:, [0, 4]] == 0).all()
    assert torch.allclose(rows[0].sum(-1), torch.ones(4))
