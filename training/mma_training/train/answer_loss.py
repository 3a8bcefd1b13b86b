"""Compute logits and loss for answer tokens only, and accept cached encoder features in place of media.

A ten-second clip has thousands of tokens, but its answer has only a few. With a vocabulary of 150,000, the logits of
all tokens would be the largest tensor of a training step.
"""

from types import SimpleNamespace
from typing import Any

from mma_training.data.features import Tensors

Kwargs = dict[str, Any]
FEATURES = ("video_features", "audio_features", "deepstack_features")
"""Names of the model inputs that replace pixels and spectrograms when encoder features are cached."""


def answer_loss(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:
    """Compute the mean cross-entropy over the answer tokens of a training step.

    Args:
        outputs: outputs of a thinker patched by `answers_only`, with logits of shape (answer tokens, vocabulary).
        labels: ids of the answer tokens, of shape (answer tokens,).
        num_items_in_batch: number of answer tokens in the step; None counts those in `labels`.
    """
    import torch

    total = torch.nn.functional.cross_entropy(outputs.logits.float(), labels, reduction="sum")
    return total / (labels.numel() if num_items_in_batch is None else num_items_in_batch)


def answers_only(thinker: Any) -> None:
    """Patch a thinker to accept encoder features instead of media, and to compute logits for answer tokens only.

    The patched thinker accepts the inputs `predicts`, (B, L) bool, True where the next token belongs to an answer, and,
    in batch order, `video_features` (tokens, hidden), `audio_features` (tokens, hidden) and, for Qwen3-Omni,
    `deepstack_features` (layers, tokens, hidden).
    """
    chosen: Kwargs = {}

    def before_model(model: Any, args: tuple[Any, ...], kwargs: Kwargs) -> tuple[tuple[Any, ...], Kwargs]:
        kwargs.pop("shift_labels", None)  # only the Trainer uses it, to count tokens
        chosen["predicts"] = kwargs.pop("predicts", None)
        features = {name: kwargs.pop(name, None) for name in FEATURES}
        return args, kwargs if features["video_features"] is None else _with_features(model, kwargs, features)

    def before_head(head: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        predicts = chosen.pop("predicts", None)
        return args if predicts is None else (args[0][predicts],)

    thinker.model.register_forward_pre_hook(before_model, with_kwargs=True)
    thinker.lm_head.register_forward_pre_hook(before_head)


def _with_features(model: Any, kwargs: Kwargs, features: Tensors) -> Kwargs:
    ids = kwargs["input_ids"]
    embeds = model.get_input_embeddings()(ids)
    audio = (ids == model.config.audio_token_id)[..., None].expand_as(embeds)
    embeds = embeds.masked_scatter(audio, features["audio_features"].to(embeds))
    deepstack = features["deepstack_features"]
    video = SimpleNamespace(
        pooler_output=(features["video_features"].to(embeds),),
        deepstack_features=[] if deepstack is None else [(layer.to(embeds),) for layer in deepstack],
    )
    return {**kwargs, "inputs_embeds": embeds, "mm_encoder_outputs": {"video": video}}
