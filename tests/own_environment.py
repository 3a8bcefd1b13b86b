"""Environments of their own, for projects that ask for other versions of packages than this one has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest


def own_environment(packages: Sequence[str], factory: pytest.TempPathFactory, *, kept_in: str) -> Path:
    """The python of an environment with these packages and nothing that they ask for.

    The rest, torch above all, is this environment's: to install it again would take minutes and gigabytes.

    Args:
        packages: as pip takes them; the first names the project.
        factory: for a folder of this run.
        kept_in: an environment variable. If it is set, it names the folder where the environment stays.
    """
    kept = os.environ.get(kept_in)
    venv = Path(kept) if kept else factory.mktemp("environment") / "venv"
    python, stamp = venv / "bin" / "python", venv / "installed.json"
    wanted = json.dumps([*packages, sys.executable])
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", *packages]
        installed = subprocess.run(install, capture_output=True, text=True)
        if installed.returncode:
            pytest.skip(f"{packages[0]} cannot be installed: {installed.stderr.strip()[-500:]}")
        # A .pth file comes after the environment's own packages, so what it has of its own comes first.
        (site_packages(python) / "shared.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
        stamp.write_text(wanted)
    return python


def site_packages(python: Path) -> Path:
    """Where an environment has its own packages."""
    (found,) = python.parents[1].glob("lib/python*/site-packages")
    return found
