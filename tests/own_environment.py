"""Environments of their own, for projects that ask for other versions of packages than this one has."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest
from filelock import FileLock


def own_environment(packages: Sequence[str], factory: pytest.TempPathFactory, *, kept_in: str) -> Path:
    """Return the python of an environment with these packages, made once and shared by all workers of a test run.

    What the packages depend on, torch above all, is imported from the current environment: installing it again would
    take minutes and gigabytes.

    Args:
        packages: requirements as pip reads them, installed without their dependencies; the first names the project.
        factory: makes the folder of this test run.
        kept_in: an environment variable. If it is set, it names the folder in which the environment stays.
    """
    kept = os.environ.get(kept_in)
    venv = Path(kept) if kept else _shared_folder(factory) / f"environment-{_digest(packages)}"
    venv.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{venv}.lock"):
        python, stamp = venv / "bin" / "python", venv / "installed.json"
        wanted = json.dumps([*packages, sys.executable])
        if not stamp.exists() or stamp.read_text() != wanted:
            _install(venv, packages)
            # A .pth file comes after the environment's own packages, so what it has of its own comes first.
            (site_packages(python) / "shared.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
            stamp.write_text(wanted)
    return python


def site_packages(python: Path) -> Path:
    """Return the folder in which an environment has its own packages."""
    (found,) = python.parents[1].glob("lib/python*/site-packages")
    return found


def _install(venv: Path, packages: Sequence[str]) -> None:
    uv = shutil.which("uv")
    if uv:
        create = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, venv]
        install = [uv, "pip", "install", "--quiet", "--python", venv / "bin" / "python", "--no-deps", *packages]
    else:
        create = [sys.executable, "-m", "venv", "--clear", venv]
        install = [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", *packages]
    subprocess.run(create, check=True)
    installed = subprocess.run(install, capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"{packages[0]} cannot be installed: {installed.stderr.strip()[-500:]}")


def _shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Return a temporary folder that all workers of pytest-xdist see."""
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


def _digest(packages: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(packages).encode()).hexdigest()[:12]
