"""Make attention of answers with known properties: shares drawn around chosen means."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mma_eval.attention.answers import AnswerAttention
from mma_eval.attention.files import append_shard
from mma_eval.run.folder import ATTENTION, METRICS
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import RUN, DataSection, ModelSection, RunRecord, Selection, read_run, write_run
from mma_eval.run.store import PREDICTIONS, write_predictions

KEYS = np.repeat(np.array([2, 0, 1, 0, 1, 2], np.int8), [4, 12, 6, 12, 6, 10])
"""Instructions, video and audio in turns as in Qwen2.5-Omni, the question: 24, 12 and 14 keys."""

_RUN = RunRecord(
    schema_version=1,
    name="made",
    model=ModelSection(name="made"),
    data=DataSection(digest="0" * 64, source="synthetic", classes=("Bird", "Cat"), split="test"),
    prompts={},
    versions={},
    questions=0,
    selection=Selection(conditions=("aligned", "misaligned"), split="test"),
    partial=False,
)


def record(shares: NDArray[Any], **changed: Any) -> AnswerAttention:
    """Make the attention of one answer with these shares, (L, H, 3)."""
    shares = np.asarray(shares, np.float32)
    layers, answer = len(shares), 2
    last = np.zeros((answer, len(KEYS)), np.float32)
    for k, share in enumerate(shares[-1].mean(0)):
        last[:, k == KEYS] = share / (k == KEYS).sum()
    values = {
        "id": "a.misaligned", "clip_id": "a", "donor_id": "b", "condition": "misaligned", "prompt": "visual",
        "reference": "Bird", "other": "Cat", "answer": "Bird", "outcome": "grounded",
        "shares": shares, "last_layer": last, "keys": KEYS,
        "lens_reference": np.linspace(-6, -1, layers, dtype=np.float32),
        "lens_other": np.linspace(-5, -4, layers, dtype=np.float32),
    }  # fmt: skip
    return AnswerAttention(**(values | changed))


def write_measured_run(folder: Path, records: Sequence[AnswerAttention], *, clips_at_once: int = 50) -> None:
    """Turn a folder, empty or a run's, into the run in which these answers were measured."""
    run = read_run(folder) if (folder / RUN).exists() else _RUN
    write_run(folder, run.with_(recorded={"what": ATTENTION}))
    write_predictions(folder / PREDICTIONS, map(_prediction, records))
    (folder / METRICS).unlink(missing_ok=True)
    for start in range(0, len(records), 2 * clips_at_once):
        append_shard(folder, records[start : start + 2 * clips_at_once])


def _prediction(record: AnswerAttention) -> Prediction:
    return Prediction(
        **{name: getattr(record, name) for name in ("id", "clip_id", "donor_id", "condition", "prompt", "answer")},
        **{"reference": record.reference, "other": record.other, "caption": None},
        **{"variant": "plain", "seed": 0, "options": tuple(dict.fromkeys([record.reference, record.other or "Dog"]))},
        **{"error": None, "tokens": None, "seconds": None},
    )


def with_video_share(video: NDArray[Any], text: float = 0.8) -> NDArray[Any]:
    """Return shares (L, H, 3): text gets `text`, and video the share `video`, (L, H), of the rest."""
    return np.stack([(1 - text) * video, (1 - text) * (1 - video), np.full_like(video, text)], axis=-1)


def model_that_shifts(
    by: Mapping[str, float], *, clips: int = 40, layers: int = 6, heads: int = 4, seed: int = 0, text: float = 0.8
) -> list[AnswerAttention]:
    """Make answers to both questions in each condition of `by`.

    Video's share varies between clips and answers with a deviation of 0.05. Under the visual question it is larger by
    `by[condition]` deviations, times layer / layers: that is Cohen's d of each layer.
    """
    rng = np.random.default_rng(seed)
    made = []
    depth = np.arange(1, layers + 1) / layers
    for condition, shift in by.items():
        conflict = condition == "misaligned"
        for clip in range(clips):
            for prompt in ("visual", "audio"):
                moved = shift * depth * (prompt == "visual")
                video = 0.5 + 0.05 * (moved + rng.normal(0, 1, layers))
                lens = {
                    "lens_reference": (-6 + 5 * depth**2 + rng.normal(0, 0.3, layers)).astype(np.float32),
                    "lens_other": (-5 + 2 * depth + rng.normal(0, 0.3, layers)).astype(np.float32)
                    if conflict
                    else None,
                }
                shares = with_video_share(np.repeat(video[:, None], heads, axis=1), text)
                name = f"clip{clip}"
                about = {"id": f"{name}.{condition}", "clip_id": name, "condition": condition, "prompt": prompt}
                about |= {} if conflict else {"other": None, "donor_id": None}
                made.append(record(shares, **about, **lens))
    return made
