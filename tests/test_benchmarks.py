"""Every benchmark of `make bench` can be started."""

import subprocess
import sys
from pathlib import Path


def test_what_the_benchmarks_import_is_there() -> None:
    named = "from tests.benchmarks.__main__ import BENCHMARKS; print(*BENCHMARKS)"
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", named], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"operations", "rows", "shortcuts"} <= set(done.stdout.split())
