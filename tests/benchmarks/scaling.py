"""What a build costs per row, and its peak memory, from 100 rows to 10,000."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.sources.synthetic.drawing import CLASSES, Drawing

ROWS = (100, 1_000, 10_000, 20_000)


def run() -> None:
    print("\n## Cost per row and peak memory, 2 workers\n")
    print("| rows | verify, ms/row | write, ms/row | peak memory, MB: build | largest worker |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for rows in ROWS:
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.scaling", str(rows)], check=True, capture_output=True, text=True
        )
        m = json.loads(done.stdout)
        print(
            f"| {rows:,} | {m['verify']:.2f} | {m['write test']:.2f} | {m['build_mb']:.0f} | {m['worker_mb']:.0f} |",
            flush=True,
        )


def measure(rows: int) -> dict[str, float]:
    """One build in this process."""
    clips = -(-rows // len(CONDITIONS))
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        source = _source(Path(folder) / "clips", clips)
        build(
            BuildOptions(source=str(source), out=Path(folder) / "out", workers=2),
            progress=lambda step, done, total: times.setdefault(step, []).append(time.perf_counter()),
        )
    return {
        # The first events include starting the workers.
        **{step: 1000 * (at[-1] - at[8]) / (len(at) - 9) / len(CONDITIONS) for step, at in times.items()},
        "build_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "worker_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


def _source(folder: Path, clips: int) -> Path:
    """As many clips as asked for: links to a few drawn ones, each a file of its own to the builder."""
    drawn = [Drawing(name, "test", 0, k, 96, 2.0).render() for k, name in enumerate(CLASSES)]
    for k, (name, data) in enumerate(zip(CLASSES, drawn, strict=True)):
        (folder / name).mkdir(parents=True)
        (folder / name / "0.mp4").write_bytes(data)
        for n in range(1, clips // len(CLASSES) + (k < clips % len(CLASSES))):
            os.link(folder / name / "0.mp4", folder / name / f"{n}.mp4")
    return folder


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
