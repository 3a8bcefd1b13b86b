"""Put mutated recordings through the media code, and count what becomes of them.

python -m tests.fuzz --minutes 20 --seed 1                     # as many mutants as the time allows
python -m tests.fuzz --mutants 10000 --seed 1 --keep offenders  # so many, and keep what should not have happened

Ends with 1 if a foreign exception was raised, an output of ours cannot be read, or a worker died or hung.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.sources import make_sources
from tests.fuzz.trial import SECONDS, Outcome, Trial, run

from mma_bench.core.errors import ClipError
from mma_bench.core.executor import WorkerPool

_ALLOWED = ("ok", "refused")


def main() -> int:
    asked = _arguments().parse_args()
    sources = tuple(make_sources(asked.keep / "sources"))
    end, counts, most = time.monotonic() + 60 * asked.minutes, Counter[tuple[str, str]](), 0
    passed = trials = 0

    def planned() -> Iterator[Trial]:
        number = 0
        while number < asked.mutants and time.monotonic() < end:
            yield Trial(asked.seed, number, sources)
            number += 1

    with WorkerPool(asked.workers, imports=("tests.fuzz.trial",)) as pool:
        for trial, outcome in pool.map(run, planned(), name_of=lambda trial: trial.name, timeout=SECONDS):
            trials += 1
            said = outcome.said if isinstance(outcome, Outcome) else {"the worker": _end_of(outcome)}
            counts.update(said.items())
            passed += said.get("probe") == "ok"
            most = max(most, outcome.megabytes if isinstance(outcome, Outcome) else 0)
            for name, what in said.items():
                if not what.startswith(_ALLOWED):
                    print(f"{trial.name}: {name}: {what}", flush=True)
                    (asked.keep / f"{asked.seed}-{trial.number}.bin").write_bytes(trial.mutant())
    offences = _report(counts, trials, passed, most)
    return 1 if offences else 0


def _end_of(error: ClipError) -> str:
    return f"{error.problem}: {error.detail}"


def _report(counts: Counter[tuple[str, str]], trials: int, passed: int, most: int) -> int:
    """Print the outcomes by operation; return how many should not have happened."""
    print(f"\n{trials:,} mutants, {passed:,} passed probe ({passed / max(1, trials):.0%}); most memory {most:,} MB")
    for (name, what), count in sorted(counts.items()):
        print(f"  {name:14} {what:40} {count:7,}")
    offences = sum(count for (_, what), count in counts.items() if not what.startswith(_ALLOWED))
    print(f"{offences:,} outcomes that should not be")
    return offences


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0, help="stop after so many minutes")
    parser.add_argument("--mutants", type=int, default=sys.maxsize, help="stop after so many mutants")
    parser.add_argument("--seed", type=int, default=1, help="the mutants follow from it")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--keep", type=Path, default=Path("fuzzed"), help="folder for offenders")
    return parser


if __name__ == "__main__":
    sys.exit(main())
