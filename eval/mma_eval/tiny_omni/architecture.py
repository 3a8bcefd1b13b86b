"""Architecture of tiny-omni: Qwen2.5-Omni's tokenizer, thinker and processor at small sizes."""

import string
from collections.abc import Sequence
from typing import Any

from mma_bench.benchmark.prompts import (
    PROMPTS,
    VARIANTS,
    YES_OR_NO,
    as_variant,
    existence_question,
    question,
    with_caption,
)

FPS = 1.0
SIDE = 112
"""Height and width of a frame, in pixels."""
_MELS = 64
_HOP = 640
"""Hop length of the spectrogram in samples: 25 columns per second, which become 6.25 tokens."""
_PATCHES = {"patch_size": 14, "merge_size": 2, "temporal_patch_size": 2}
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
    """Train a byte-level BPE tokenizer on the question texts; it encodes each class name as one token.

    It leaves out the instruction to answer with yes or no, which the shipped weights were taught without.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.Replace(YES_OR_NO, "")
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
    existence = [existence_question(p, "") for p in PROMPTS]
    return [*asked, *existence, with_caption("", ""), "Yes", "No", *roles, *letters] * 3


def make_thinker(tokenizer: Any) -> Any:
    """Build a Qwen2.5-Omni thinker with random weights."""
    from transformers import Qwen2_5OmniThinkerConfig, Qwen2_5OmniThinkerForConditionalGeneration

    token = {name: tokenizer.convert_tokens_to_ids(text) for name, text in SPECIAL.items()}
    hidden = 128
    config = Qwen2_5OmniThinkerConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": hidden,
            "intermediate_size": 256,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 32768,
            "tie_word_embeddings": True,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1_000_000.0, "mrope_section": [6, 5, 5]},
        },
        vision_config={
            "depth": 4,
            "hidden_size": 64,
            "intermediate_size": 192,
            "num_heads": 4,
            "patch_size": _PATCHES["patch_size"],
            "spatial_merge_size": _PATCHES["merge_size"],
            "temporal_patch_size": _PATCHES["temporal_patch_size"],
            "window_size": SIDE,
            "fullatt_block_indexes": [0, 1, 2, 3],
            "out_hidden_size": hidden,
        },
        audio_config={
            "num_mel_bins": _MELS,
            "encoder_layers": 3,
            "encoder_attention_heads": 4,
            "encoder_ffn_dim": 192,
            "d_model": 64,
            "output_dim": hidden,
            "n_window": 128,
        },
        audio_token_index=token["audio_token"],
        image_token_index=token["image_token"],
        video_token_index=token["video_token"],
        vision_start_token_id=token["vision_bos_token"],
        vision_end_token_id=token["vision_eos_token"],
        audio_start_token_id=token["audio_bos_token"],
        audio_end_token_id=token["audio_eos_token"],
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        mma_bench={"fps": FPS, "height": SIDE, "width": SIDE},
    )
    return Qwen2_5OmniThinkerForConditionalGeneration(config)


def make_processor(tokenizer: Any) -> Any:
    """Build the Qwen2.5-Omni processor that matches the thinker of `make_thinker`."""
    from transformers import (
        Qwen2_5OmniProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
        WhisperFeatureExtractor,
    )

    return Qwen2_5OmniProcessor(
        image_processor=Qwen2VLImageProcessor(**_PATCHES),
        video_processor=Qwen2VLVideoProcessor(**_PATCHES),
        feature_extractor=WhisperFeatureExtractor(feature_size=_MELS, hop_length=_HOP, n_fft=1024, chunk_length=30),
        tokenizer=tokenizer,
        chat_template=CHAT_TEMPLATE,
    )
