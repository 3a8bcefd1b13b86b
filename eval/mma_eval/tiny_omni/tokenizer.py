"""Tokenizer of tiny-omni: byte-level BPE trained on the questions, with each class name as one token."""

import string
from collections.abc import Sequence
from typing import Any

from mma_bench.benchmark.prompts import PROMPTS, VARIANTS, as_variant, existence_question, question, with_caption

SPECIAL = {
    "image_token": "<|IMAGE|>",
    "audio_token": "<|AUDIO|>",
    "video_token": "<|VIDEO|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
}
"""Special tokens, by the attribute names that Qwen2.5-Omni's processor reads."""

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'video' %}<|vision_bos|><|VIDEO|><|vision_eos|>"
    "{% elif part['type'] == 'audio' %}<|audio_bos|><|AUDIO|><|audio_eos|>"
    "{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""Qwen's ChatML, with media tokens in message order."""

_VOCABULARY = 640


def make_tokenizer(classes: Sequence[str]) -> Any:
    """Train a byte-level BPE tokenizer on the question texts; it encodes any text, and a class name as one token.

    Args:
        classes: names of the classes, such as `Bowed_string_instrument`.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY - len(classes),
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>", *SPECIAL.values()],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(_texts(), trainer)
    bpe.add_tokens([AddedToken(name, normalized=False) for name in classes])
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=SPECIAL,
        clean_up_tokenization_spaces=False,
        model_max_length=32768,
    )


def _texts() -> list[str]:
    """List the training texts: questions without class names, answers, roles and single letters."""
    asked = [as_variant(question(p, ["", ""]), p, v) for p in PROMPTS for v in VARIANTS]
    letters = [f" {letter}" for letter in string.ascii_letters]
    roles = ["user\n", "assistant\n", "system\nYou are a helpful assistant."]
    return [
        *asked,
        *(existence_question(p, "") for p in PROMPTS),
        with_caption("", ""),
        "Yes",
        "No",
        *roles,
        *letters,
    ] * 3
