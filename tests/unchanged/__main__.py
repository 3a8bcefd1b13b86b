"""Record what must not change, and compare it after a change of the code.

python -m tests.unchanged record FOLDER             # with the version that is right
python -m tests.unchanged compare FOLDER            # with the version that was changed: exit status 1 if files differ
python -m tests.unchanged compare FOLDER --steps eval report     # these steps, and what they need

Both run `python -m mma_bench` of this Python, so `PYTHONPATH` chooses the version. A record is a folder of texts and
SHA-256 sums; it holds for the machine, the libraries and the number of cores that it was made with. The default build
takes minutes; leave it out with `--steps`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the loopback Hub imports itself by this name

from tests.unchanged.comparing import compare_folders
from tests.unchanged.steps import STEPS, run_steps


def main() -> int:
    """Record or compare; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.unchanged", description="Compare two versions' files.")
    parser.add_argument("action", choices=["record", "compare"])
    parser.add_argument("folder", type=Path, help="the record")
    parser.add_argument("--steps", nargs="+", choices=[s.name for s in STEPS], help="by default all")
    arguments = parser.parse_args()
    names = arguments.steps or [s.name for s in STEPS]
    if arguments.action == "record":
        run_steps(names, arguments.folder)
        return 0
    with tempfile.TemporaryDirectory(prefix="mma-bench-unchanged-") as scratch:
        now = Path(scratch) / "now"
        done = run_steps(names, now)
        found = compare_folders(arguments.folder, now, done)
        for line in found.lines:
            print(line)
        if found.changed:
            kept = arguments.folder.with_name(f"{arguments.folder.name}.now")
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(now, kept)
            print(f"the files of this version are in {kept}")
        print(f"{found.equal} files equal, {found.changed} changed, {found.reworded} reworded messages")
        return int(found.changed > 0)


if __name__ == "__main__":
    sys.exit(main())
