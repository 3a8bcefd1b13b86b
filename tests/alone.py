"""An interpreter that has what some requirements bring and nothing else of this environment."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

PYTHON = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
"""This environment's interpreter without this environment: run it with -S."""


def links_to(requirements: Sequence[str], folder: Path) -> Path:
    """Fill a folder with links to all installed packages that some requirements bring."""
    folder.mkdir()
    for name in closure(requirements):
        installed = distribution(name)
        for path in {p.parts[0] for p in installed.files or [] if p.parts[0] not in ("..", "__pycache__")}:
            link = folder / path
            if not link.exists():
                link.symlink_to(Path(str(installed.locate_file(path))).resolve())
    return folder


def closure(requirements: Sequence[str]) -> set[str]:
    """Names of all installed distributions that some requirements bring; their versions must fit."""
    found: set[str] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        wanted = waiting.pop()
        installed = distribution(wanted.name)
        assert wanted.specifier.contains(installed.version, prereleases=True), wanted
        key = re.sub(r"[-_.]+", "-", wanted.name).lower()
        fresh = key not in found
        found.add(key)
        for line in installed.requires or []:
            needed = Requirement(line)
            extras = wanted.extras or {""}
            applies = needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras)
            if applies and (fresh or wanted.extras) and re.sub(r"[-_.]+", "-", needed.name).lower() not in found:
                waiting.append(needed)
    return found


@contextmanager
def page_of(
    arguments: Sequence[str | Path], *, cwd: Path, env: dict[str, str], log: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start a page with that interpreter; its address, and the process."""
    with log.open("w") as out:
        process = subprocess.Popen([PYTHON, "-S", *arguments], cwd=cwd, env=env, stdout=out, stderr=out)
    try:
        began = time.monotonic()
        while not (found := re.search(r"http://\S+", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() - began < 60, log.read_text()
            time.sleep(0.1)
        yield found[0], process
    finally:
        process.terminate()
        process.wait(20)


def bare_environment(packages: Path, home: Path) -> dict[str, str]:
    """Variables of a process that knows those packages and no more."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(packages),
        "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
