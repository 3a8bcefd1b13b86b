"""Save small random models of the Omni architectures as checkpoints, with their real classes and processors."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CORPUS = ["Which class best describes the visual audio content of this video? Options: Answer using a single word."]


@dataclass(frozen=True)
class Size:
    """Size of a random model."""

    hidden: int = 32
    layers: int = 2
    vision_layers: int = 2
    audio_layers: int = 2


@dataclass(frozen=True)
class _Family:
    """Tokens and patches of one architecture."""

    special: dict[str, str]
    patch: int
    media: str


FAMILIES = {
    "qwen2_5_omni": _Family(
        {
            "image_token": "<|IMAGE|>", "audio_token": "<|AUDIO|>", "video_token": "<|VIDEO|>",
            "vision_bos_token": "<|vision_bos|>", "vision_eos_token": "<|vision_eos|>",
            "audio_bos_token": "<|audio_bos|>", "audio_eos_token": "<|audio_eos|>",
        },
        patch=14,
        media="<|vision_bos|><|VIDEO|><|vision_eos|>",
    ),
    "qwen3_omni_moe": _Family(
        {
            "image_token": "<|image_pad|>", "audio_token": "<|audio_pad|>", "video_token": "<|video_pad|>",
            "vision_bos_token": "<|vision_start|>", "vision_eos_token": "<|vision_end|>",
            "audio_bos_token": "<|audio_start|>", "audio_eos_token": "<|audio_end|>",
        },
        patch=16,
        media="<|vision_start|><|video_pad|><|vision_end|>",
    ),
}  # fmt: skip


def save_random_omni(folder: Path, family: str, *, size: Size = Size(), seed: int = 0) -> Path:
    """Write a random thinker with its processor into `folder`."""
    import torch

    torch.manual_seed(seed)
    tokenizer = _tokenizer(FAMILIES[family])
    model = _thinker(family, tokenizer, size)
    with torch.no_grad():  # as large as trained weights: what is seen, heard and asked must make a difference
        for weight in (p for p in model.parameters() if p.ndim >= 2):
            weight.normal_(std=1.5 / weight[0].numel() ** 0.5)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    _processor(family, tokenizer).save_pretrained(folder)
    return folder


def _tokenizer(family: _Family) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *family.special.values()]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(_CORPUS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=family.special,
        model_max_length=32768,
    )


def _template(media: str) -> str:
    return (
        "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
        "{% for part in message['content'] %}{% if part['type'] == 'video' %}" + media + "{% else %}{{ part['text'] }}"
        "{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )


def _processor(family: str, tokenizer: Any) -> Any:
    from transformers import (
        Qwen2_5OmniProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
        Qwen3OmniMoeProcessor,
        WhisperFeatureExtractor,
    )

    patch = FAMILIES[family].patch
    processor_class = Qwen2_5OmniProcessor if family == "qwen2_5_omni" else Qwen3OmniMoeProcessor
    return processor_class(
        image_processor=Qwen2VLImageProcessor(patch_size=patch, merge_size=2, temporal_patch_size=2),
        video_processor=Qwen2VLVideoProcessor(patch_size=patch, merge_size=2, temporal_patch_size=2),
        feature_extractor=WhisperFeatureExtractor(feature_size=16, chunk_length=30),
        tokenizer=tokenizer,
        chat_template=_template(FAMILIES[family].media),
    )


def _thinker(family: str, tokenizer: Any, size: Size) -> Any:
    from transformers import (
        Qwen2_5OmniThinkerConfig,
        Qwen2_5OmniThinkerForConditionalGeneration,
        Qwen3OmniMoeThinkerConfig,
        Qwen3OmniMoeThinkerForConditionalGeneration,
    )

    special = {name: tokenizer.convert_tokens_to_ids(token) for name, token in FAMILIES[family].special.items()}
    heads = max(2, size.hidden // 32)
    section = size.hidden // heads // 2
    mrope = [section - 2 * (section // 3), section // 3, section // 3]
    text: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": size.hidden,
        "intermediate_size": 2 * size.hidden,
        "num_hidden_layers": size.layers,
        "num_attention_heads": heads,
        "num_key_value_heads": 1,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": mrope},
    }
    vision: dict[str, Any] = {
        "depth": size.vision_layers,
        "hidden_size": size.hidden,
        "intermediate_size": 2 * size.hidden,
        "num_heads": heads,
        "patch_size": FAMILIES[family].patch,
        "out_hidden_size": size.hidden,
    }
    audio: dict[str, Any] = {
        "num_mel_bins": 16,
        "encoder_layers": size.audio_layers,
        "encoder_attention_heads": heads,
        "encoder_ffn_dim": 2 * size.hidden,
        "d_model": size.hidden,
        "output_dim": size.hidden,
    }
    if family == "qwen2_5_omni":
        config = Qwen2_5OmniThinkerConfig(
            text_config=text | {"tie_word_embeddings": False},
            vision_config=vision | {"fullatt_block_indexes": [size.vision_layers - 1], "window_size": 56},
            audio_config=audio | {"n_window": 50},
            audio_token_index=special["audio_token"],
            image_token_index=special["image_token"],
            video_token_index=special["video_token"],
            vision_start_token_id=special["vision_bos_token"],
            vision_end_token_id=special["vision_eos_token"],
            audio_start_token_id=special["audio_bos_token"],
            audio_end_token_id=special["audio_eos_token"],
        )
        return Qwen2_5OmniThinkerForConditionalGeneration(config)
    config = Qwen3OmniMoeThinkerConfig(
        text_config=text
        | {
            "head_dim": size.hidden // heads,
            "num_experts": 4,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": size.hidden,
            "rope_parameters": text["rope_parameters"] | {"mrope_interleaved": True},
        },
        vision_config=vision | {"deepstack_visual_indexes": [0], "num_position_embeddings": 64},
        audio_config=audio | {"downsample_hidden_size": 16, "n_window": 50},
        position_id_per_seconds=13,  # as published, and as its processor interleaves; the class says 25
        audio_token_id=special["audio_token"],
        image_token_id=special["image_token"],
        video_token_id=special["video_token"],
        vision_start_token_id=special["vision_bos_token"],
        vision_end_token_id=special["vision_eos_token"],
        audio_start_token_id=special["audio_bos_token"],
        audio_end_token_id=special["audio_eos_token"],
    )
    return Qwen3OmniMoeThinkerForConditionalGeneration(config)
