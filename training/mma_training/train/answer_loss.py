"""The loss of the answers alone: no logits are made of media and questions, and encoders need not run.

A clip of ten seconds has thousands of tokens and its answer a few. Logits of all of them, with a vocabulary of 150,000,
would be the largest tensor of a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

FEATURES = ("video_features", "audio_features", "deepstack_features")
"""What a batch holds in place of pixels and spectrograms where the encoders have run before."""


def answer_loss(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:
    """Mean cross-entropy over the answers' tokens of all batches of a step.

    Args:
        outputs: of a thinker that `answers_only` was given; logits (answer tokens, vocabulary).
        labels: (answer tokens,).
        num_items_in_batch: answer tokens of the whole step; by default those of this batch.
    """
    import torch

    total = torch.nn.functional.cross_entropy(outputs.logits.float(), labels, reduction="sum")
    return total / (labels.numel() if num_items_in_batch is None else num_items_in_batch)


def answers_only(thinker: Any) -> None:
    """Let a thinker take features for media, and make logits only where an answer's token is predicted.

    Its inputs may then hold `video_features` (tokens, hidden), `audio_features` (tokens, hidden) and, in Qwen3-Omni,
    `deepstack_features` (layers, tokens, hidden) in the order of the batch; and `predicts`, (B, L) bool.
    """
    chosen: dict[str, Any] = {}

    def before_model(
        model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        kwargs.pop("shift_labels", None)  # the Trainer's, who counts them
        chosen["predicts"] = kwargs.pop("predicts", None)
        features = {name: kwargs.pop(name, None) for name in FEATURES}
        return args, kwargs if features["video_features"] is None else _with_features(model, kwargs, features)

    def before_head(head: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        predicts = chosen.pop("predicts", None)
        return args if predicts is None else (args[0][predicts],)

    thinker.model.register_forward_pre_hook(before_model, with_kwargs=True)
    thinker.lm_head.register_forward_pre_hook(before_head)


def _with_features(model: Any, kwargs: dict[str, Any], features: Mapping[str, Any]) -> dict[str, Any]:
    ids = kwargs["input_ids"]
    embeds = model.get_input_embeddings()(ids)
    audio = (ids == model.config.audio_token_id)[..., None].expand_as(embeds)
    embeds = embeds.masked_scatter(audio, features["audio_features"].to(embeds))
    layers = () if features["deepstack_features"] is None else features["deepstack_features"]
    seen = SimpleNamespace(
        pooler_output=(features["video_features"].to(embeds),),
        deepstack_features=[(layer.to(embeds),) for layer in layers],
    )
    return {**kwargs, "inputs_embeds": embeds, "mm_encoder_outputs": {"video": seen}}
