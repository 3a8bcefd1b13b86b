"""First training phase: align each encoder with the language model's embeddings of the class names.

The mean token of an encoder is compared with the frozen embeddings of the class names. Video and audio then lie near
their class name, so that the language model can compare clips with names. When a linear head was used instead, the
model learnt to name a clip's class, but never to tell whether a clip has a given class.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mma_bench.sources.synthetic.drawing import CLASSES
from mma_eval.tiny_omni.card import Phase
from mma_eval.tiny_omni.training_data import Pool

_SCALE = 0.2


def train_video_encoder(
    thinker: Any, processor: Any, pool: Pool, phase: Phase, *, seed: int, progress: Callable[[int, float], None]
) -> None:
    """Train the video encoder to classify two consecutive frames with random augmentation."""
    import torch

    rng = np.random.default_rng([seed, 1])
    moments = pool.frames.shape[1] // 2

    def draw() -> tuple[Any, Any]:
        chosen = rng.integers(len(pool.frames), size=phase.batch)
        at = rng.integers(moments, size=phase.batch)
        frames = np.stack([_augmented(pool.frames[k, 2 * m : 2 * m + 2], rng) for k, m in zip(chosen, at, strict=True)])
        return encode_video(thinker, processor, frames).mean(1), torch.from_numpy(chosen % len(CLASSES))

    _train(thinker.model.visual, thinker, processor, draw, phase, progress)


def train_audio_encoder(
    thinker: Any, processor: Any, pool: Pool, phase: Phase, *, seed: int, progress: Callable[[int, float], None]
) -> None:
    """Train the audio encoder to classify a whole audio track, rotated by a random offset."""
    import torch

    rng = np.random.default_rng([seed, 2])
    mels = mel_spectrograms(processor, pool.audio)

    def draw() -> tuple[Any, Any]:
        chosen = rng.integers(len(mels), size=phase.batch)
        shifted = torch.stack([torch.roll(mels[k], int(rng.integers(mels.shape[-1])), -1) for k in chosen])
        return encode_audio(thinker, shifted).mean(1), torch.from_numpy(chosen % len(CLASSES))

    _train(thinker.model.audio_tower, thinker, processor, draw, phase, progress)


def encode_video(thinker: Any, processor: Any, frames: NDArray[np.uint8]) -> Any:
    """Encode (B, T, side, side, 3) RGB frames as (B, tokens, hidden) embeddings."""
    import torch

    videos = [torch.from_numpy(clip).permute(0, 3, 1, 2) for clip in frames]
    inputs = processor.video_processor(
        videos, do_resize=False, do_sample_frames=False, cap_pixels_per_frame=False, return_tensors="pt"
    )
    found = thinker.model.get_video_features(inputs["pixel_values_videos"], inputs["video_grid_thw"], return_dict=True)
    return torch.stack(list(found.pooler_output))


def encode_audio(thinker: Any, mels: Any) -> Any:
    """Encode (B, mels, columns) spectrograms as (B, tokens, hidden) embeddings."""
    import torch

    mask = torch.ones(mels.shape[0], mels.shape[2], dtype=torch.long)
    found = thinker.model.get_audio_features(mels, feature_attention_mask=mask, return_dict=True).last_hidden_state
    return found.reshape(mels.shape[0], -1, found.shape[-1])


def mel_spectrograms(processor: Any, audio: NDArray[np.int16]) -> Any:
    """Compute (M, mels, columns) float32 spectrograms of (M, samples) audio, as the processor does for one clip."""
    import torch

    columns = audio.shape[1] // processor.feature_extractor.hop_length
    extract = partial(processor.feature_extractor, sampling_rate=16_000, padding="max_length", return_tensors="pt")
    waves = (samples.astype(np.float32) / np.float32(32768) for samples in audio)
    return torch.stack([extract(wave)["input_features"][0, :, :columns] for wave in waves])


def _train(
    encoder: Any,
    thinker: Any,
    processor: Any,
    draw: Callable[[], tuple[Any, Any]],
    phase: Phase,
    progress: Callable[[int, float], None],
) -> None:
    import torch

    ids = processor.tokenizer.convert_tokens_to_ids(list(CLASSES))
    names = thinker.get_input_embeddings().weight.detach()[ids]
    class_embeddings = _SCALE * names / names.std()  # (classes, hidden), so that encoder tokens have entries near 1

    def run_batch(step: int) -> tuple[Any, Any]:
        pooled, labels = draw()
        logits = pooled @ class_embeddings.T
        loss = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.05)
        return loss, logits.argmax(-1) == labels

    encoder.train()
    run_phase(phase, list(encoder.parameters()), run_batch, progress)
    encoder.eval()


def run_phase(
    phase: Phase,
    parameters: list[Any],
    run_batch: Callable[[int], tuple[Any, Any]],
    progress: Callable[[int, float], None],
    betas: tuple[float, float] = (0.9, 0.999),
) -> None:
    """Optimise parameters for the steps of a phase.

    Args:
        phase: number of steps and peak learning rate.
        parameters: the parameters to optimise.
        run_batch: called with the step, from 1; returns the loss and whether each prediction is correct.
        progress: called with the step and the accuracy of its batch.
        betas: betas of AdamW.
    """
    import torch
    from transformers import get_cosine_schedule_with_warmup

    optimiser = torch.optim.AdamW(parameters, lr=phase.peak, weight_decay=0.02, betas=betas)
    schedule = get_cosine_schedule_with_warmup(optimiser, phase.steps // 20, phase.steps)
    for step in range(1, phase.steps + 1):
        loss, right = run_batch(step)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        progress(step, float(right.float().mean()))


def _augmented(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Randomly mirror, shift and recolour frames, and change their brightness."""
    if rng.random() < 0.5:
        frames = frames[:, :, ::-1]
    down, across = rng.integers(-10, 11, 2)
    frames = np.roll(frames, (down, across), (1, 2))
    light = frames[..., rng.permutation(3)] * np.float32(rng.uniform(0.7, 1.2)) + np.float32(rng.uniform(-20, 20))
    return np.asarray(light.clip(0, 255), np.uint8)
