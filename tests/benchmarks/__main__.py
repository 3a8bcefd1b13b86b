"""Run the benchmarks and print their tables.

python -m tests.benchmarks              # all
python -m tests.benchmarks rows         # one of those in BENCHMARKS
"""

import os
import platform
import sys
from pathlib import Path

import av
from tests.benchmarks import (
    attention,
    checks,
    cutting,
    evaluation,
    operations,
    prefix,
    rows,
    scaling,
    shortcuts,
    training,
    tuning,
    visitors,
)

BENCHMARKS = {
    "operations": operations.run,
    "cutting": cutting.run,
    "rows": rows.run,
    "training": training.run,
    "scaling": scaling.run,
    "shortcuts": shortcuts.run,
    "prefix": prefix.run,
    "checks": checks.run,
    "evaluation": evaluation.run,
    "tuning": tuning.run,
    "visitors": visitors.run,
    "attention": attention.run,
}


def main(names: list[str]) -> None:
    print(f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, PyAV {av.__version__}")
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main(sys.argv[1:])
