"""What the attention of an answer costs behind an encoded clip: plain, shares alone, and all that a run keeps.

Encoding the clip and preparing it, which a run does once for both questions, is left out: that makes the ratio as large
as it can be. Answers of every length are of the same question; they do not stop by themselves.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.dataset.reading import open_built
from mma_eval.attention.measuring import answer_with_attention, answer_with_shares
from mma_eval.models.omni import OmniModel, Prepared
from mma_eval.resolve import resolve_model
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.questions import ClipQuestions
from mma_eval.run.record import Selection

SAID = (1, 8, 64, 300)
ROUNDS = 9
PIXELS = 256 * 256


def answers(mid: Path) -> float:
    """Print a table.

    Args:
        mid: the checkpoint of a mid-size model.

    Returns:
        The largest ratio of the mid-size model, of what a run keeps to the plain answer.
    """
    print(f"\n## An answer behind an encoded clip, by its length, median of {ROUNDS} in turn\n")
    print("| model | prompt, tokens | answer, tokens | plain, s | shares alone | all that is kept |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        unit = _unit(Path(folder) / "data")
        for name, checkpoint, options in (
            ("tiny-omni", "tiny-omni", {}),
            ("mid-size", str(mid), {"min_pixels": PIXELS, "max_pixels": PIXELS}),
        ):
            for said in SAID:
                found.setdefault(name, []).append(_row(name, _loaded(checkpoint, said, **options), unit, said))
    return max(found["mid-size"])


def _unit(folder: Path) -> ClipQuestions:
    build(BuildOptions(out=folder, splits=("test",), conditions=("misaligned",), limit=12, workers=2))
    return next(
        plan_evaluation(open_built(folder), Selection(conditions=("misaligned",), split="test")).clip_questions()
    )


def _loaded(checkpoint: str, said: int, **options: Any) -> OmniModel:
    model = resolve_model(checkpoint, {"max_new_tokens": said, **options})
    assert isinstance(model, OmniModel)
    model.load()
    model._stops = frozenset()  # answers are as long as they may be
    return model


def _row(name: str, model: OmniModel, unit: ClipQuestions, said: int) -> float:
    import torch

    torch.set_num_threads(1)
    question = unit.targets[0].question
    clip: Prepared = model.prepare(unit.clip)
    with torch.inference_mode():
        prefix = model.encode(clip)
        ways: Mapping[str, Callable[[], Any]] = {
            "plain": lambda: model.reply(prefix, question),
            "shares": lambda: answer_with_shares(model, clip, prefix, question),
            "all": lambda: answer_with_attention(model, clip, prefix, question),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(ROUNDS + 1):
            for way, answer in ways.items():
                began = time.process_time()
                answer()
                seconds[way].append(time.process_time() - began)
    plain, shares, whole = (statistics.median(seconds[way][1:]) for way in ways)  # the first makes what stays
    tokens = prefix.length + len(model.asked(question))
    ratios = f"{shares / plain:.2f}x | {whole / plain:.2f}x"
    print(f"| {name} | {tokens:,} | {said} | {plain:.3f} | {ratios} |", flush=True)
    return whole / plain
