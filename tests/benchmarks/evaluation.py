"""Whether a model waits for its clips, and whether memory grows with the dataset."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.prefix import MID
from tests.random_omni import save_random_omni

from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.dataset.reading import open_built
from mma_eval.evaluation import evaluate
from mma_eval.model import Clip, Model
from mma_eval.resolve import resolve_model
from mma_eval.run.asking import Clock, ask
from mma_eval.run.options import EvalOptions
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.record import Selection

CLIPS, WARM = 24, 4
ROWS = (100, 1_000, 5_000)


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _overlap(Path(folder))
        _memory(Path(folder))


def _overlap(folder: Path) -> None:
    """A mid-size random model on drawn clips of ten seconds at 224 pixels, both questions each."""
    import torch

    torch.set_num_threads(1)
    build(BuildOptions(out=folder / "data", splits=("test",), conditions=("aligned",), limit=CLIPS, workers=2))
    work = plan_evaluation(open_built(folder / "data"), Selection(conditions=("aligned",), split="test"))
    checkpoint = save_random_omni(folder / "mid", "qwen2_5_omni", size=MID)
    pixels = 256 * 256
    model = resolve_model(str(checkpoint), {"max_new_tokens": 4, "min_pixels": pixels, "max_pixels": pixels})
    model.load()
    print(f"\n## Does the model wait for its clips? {CLIPS} clips, the first {WARM} not counted\n")
    print("| clips are prepared | clips/s | the model waits, share of the time |\n| --- | ---: | ---: |")
    for name, asked in (("while it answers", model), ("when it is their turn", _InTurn(model))):
        clock, began, answered = Clock(), 0.0, 0
        for answered, _ in enumerate(ask(asked, work.clip_questions(), clock=clock), 1):
            if answered == WARM:
                clock.waiting = clock.answering = 0.0
                began = time.perf_counter()
        rate = (answered - WARM) / (time.perf_counter() - began)
        waiting = clock.share_waiting if asked is model else asked.preparing / (clock.answering + clock.waiting)
        print(f"| {name} | {rate:.2f} | {100 * waiting:.1f} % |", flush=True)


class _InTurn(Model):
    """The same model without reading ahead."""

    def __init__(self, model: Model) -> None:
        self.model, self.preparing = model, 0.0

    def answer(self, clip: Clip, questions: Any) -> Any:
        began = time.perf_counter()
        prepared = self.model.prepare(clip)
        self.preparing += (time.perf_counter() - began) * (CLIPS - WARM) / CLIPS
        return self.model.answer(prepared, questions)


def _memory(folder: Path) -> None:
    print("\n## Peak memory of a run (baseline `random`, clips of 1 s and 64 pixels, six conditions)\n")
    print("| rows | peak memory, MB | seconds |\n| ---: | ---: | ---: |")
    for rows in ROWS:
        data = folder / f"rows-{rows}"
        build(BuildOptions(out=data, splits=("test",), limit=-(-rows // 6), size=64, seconds=1.0, workers=2))
        command = [sys.executable, "-m", "tests.benchmarks.evaluation", str(data), str(folder / f"run-{rows}")]
        measured = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"| {rows:,} | {measured['mb']:.0f} | {measured['seconds']:.1f} |", flush=True)


def measure(data: str, out: str) -> dict[str, float]:
    """One run in this process."""
    began = time.perf_counter()
    evaluate(EvalOptions(model="random", data=data, out=Path(out)))
    status = Path("/proc/self/status").read_text()
    kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return {"mb": kilobytes / 1024, "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
