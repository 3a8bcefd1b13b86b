"""Architecture of tiny-omni: Qwen2.5-Omni's thinker and processor at small sizes."""

from dataclasses import dataclass
from typing import Any

from mma_eval.tiny_omni.tokenizer import CHAT_TEMPLATE, SPECIAL


@dataclass(frozen=True)
class InputSizes:
    """Frame rate, frame size and spectrogram resolution of the model's input."""

    fps: float = 1.0
    """Frames per second."""
    side: int = 112
    """Height and width of a frame, in pixels."""
    mels: int = 64
    """Mel bands of the spectrogram."""
    hop: int = 640
    """Hop length of the spectrogram in samples: 25 columns per second, which become 6.25 tokens."""


INPUT = InputSizes()
PATCH, MERGE = 14, 2


def make_thinker(tokenizer: Any, sizes: InputSizes = INPUT) -> Any:
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
            "patch_size": PATCH,
            "spatial_merge_size": MERGE,
            "temporal_patch_size": 2,
            "window_size": sizes.side,
            "fullatt_block_indexes": [0, 1, 2, 3],
            "out_hidden_size": hidden,
        },
        audio_config={
            "num_mel_bins": sizes.mels,
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
        mma_bench={"fps": sizes.fps, "height": sizes.side, "width": sizes.side},
    )
    return Qwen2_5OmniThinkerForConditionalGeneration(config)


def make_processor(tokenizer: Any, sizes: InputSizes = INPUT) -> Any:
    """Build a Qwen2.5-Omni processor for these sizes."""
    from transformers import (
        Qwen2_5OmniProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
        WhisperFeatureExtractor,
    )

    patches = {"patch_size": PATCH, "merge_size": MERGE, "temporal_patch_size": 2}
    return Qwen2_5OmniProcessor(
        image_processor=Qwen2VLImageProcessor(**patches),
        video_processor=Qwen2VLVideoProcessor(**patches),
        feature_extractor=WhisperFeatureExtractor(
            feature_size=sizes.mels, hop_length=sizes.hop, n_fft=1024, chunk_length=30
        ),
        tokenizer=tokenizer,
        chat_template=CHAT_TEMPLATE,
    )
