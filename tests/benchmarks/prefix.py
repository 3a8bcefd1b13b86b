"""All questions of a clip from one encoding of it, against one call per question, on the same model."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.random_omni import FAMILIES, Size, save_random_omni

from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.dataset.reading import open_built
from mma_eval.model import Question
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.questions import ClipQuestions
from mma_eval.run.record import Selection

MID = Size(hidden=256, layers=8, vision_layers=6, audio_layers=6)
PIXELS = {"qwen2_5_omni": 256 * 256, "qwen3_omni_moe": 320 * 320}
ROUNDS = 3


def run() -> None:
    import torch

    torch.set_num_threads(1)
    print("\n## Twelve questions about a clip: one shared prefix against one call each (prefill, encoders included)\n")
    print("| architecture | media tokens | question tokens | shared, s | one call each, s | ratio | same answers |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- |")
    with tempfile.TemporaryDirectory() as folder:
        unit = twelve_questions(Path(folder) / "data")
        for family in sorted(FAMILIES):
            checkpoint = save_random_omni(Path(folder) / family, family, size=MID)
            print(_row(family, checkpoint, unit), flush=True)


def twelve_questions(folder: Path) -> ClipQuestions:
    """A drawn clip of ten seconds, asked by two prompts in three variants, plain and after a misleading caption."""
    conditions = ("aligned", "misleading_caption")
    build(BuildOptions(out=folder, splits=("test",), conditions=conditions, limit=12, workers=2))
    work = plan_evaluation(
        open_built(folder), Selection(conditions=conditions, split="test", variants=("plain", "abstain", "cot"))
    )
    unit = next(work.clip_questions())
    assert len(unit.targets) == 12
    return unit


def _row(family: str, checkpoint: Path, unit: ClipQuestions) -> str:
    pixels = PIXELS[family]
    options = {"min_pixels": pixels, "max_pixels": pixels}
    one_token = _loaded(checkpoint, max_new_tokens=1, **options)
    questions = [asked.question for asked in unit.targets]
    shared, alone = [], []
    for _ in range(ROUNDS):  # in turn, so that both see the same machine
        shared.append(_seconds(lambda: one_token.answer(one_token.prepare(unit.clip), questions)))
        alone.append(_seconds(lambda: [generate(one_token, unit, q, pixels, 1) for q in questions]))
    four_tokens = _loaded(checkpoint, max_new_tokens=4, **options)
    answers = four_tokens.answer(four_tokens.prepare(unit.clip), questions)
    same = [a.text for a in answers] == [generate(four_tokens, unit, q, pixels, 4) for q in questions]
    tokens = [a.tokens for a in answers if a.tokens]
    media = tokens[0].video + tokens[0].audio
    asked = statistics.mean(t.text for t in tokens)
    ours, theirs = statistics.median(shared), statistics.median(alone)
    return f"| {family} | {media:,} | {asked:.0f} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f}x | {same} |"


def generate(model: OmniModel, unit: ClipQuestions, question: Question, pixels: int, new_tokens: int) -> str:
    """The peer: transformers' processor and generate, on a prompt of its own."""
    import torch

    before, after = model._chat()
    inputs = model.processor(
        text=[before + question.text + after],
        videos=[torch.from_numpy(unit.clip.frames(2.0)).permute(0, 3, 1, 2)],
        audio=[unit.clip.sound()],
        load_audio_from_video=True,
        audio_from_video_indices=[0],
        do_sample_frames=False,
        fps=2.0,
        size={"shortest_edge": pixels, "longest_edge": pixels},
        cap_pixels_per_frame=False,
        return_tensors="pt",
    )
    inputs.pop("num_audio_tokens", None)
    with torch.inference_mode():
        out = model.thinker.generate(**inputs, use_audio_in_video=True, do_sample=False, max_new_tokens=new_tokens)
    said = out[0, inputs["input_ids"].shape[1] :]
    return str(model.processor.tokenizer.decode(said, skip_special_tokens=True)).strip()


def _loaded(checkpoint: Path, **options: Any) -> OmniModel:
    model = resolve_model(str(checkpoint), options)
    assert isinstance(model, OmniModel)
    model.load()
    return model


def _seconds(work: Callable[[], Sequence[object]]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
