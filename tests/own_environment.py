"""Environments of their own, for projects that ask for other versions of packages than this one has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock


@dataclass(frozen=True)
class Environment:
    """Packages that are installed without what they depend on.

    That, torch above all, is imported from the current environment: it would take minutes and gigabytes to install.
    """

    name: str
    kept_in: str
    """An environment variable. If it is set, it names the folder in which the environment stays."""
    packages: tuple[str, ...]
    """Requirements as pip reads them; the first names the project."""

    @property
    def fixture(self) -> str:
        """The name of the fixture that gives its python."""
        return f"{self.name}_python"

    def install(self, shared: Path) -> Path:
        """Return the python of the environment, which the first of all workers to ask installs.

        Args:
            shared: a folder of this test run that all workers see.
        """
        kept = os.environ.get(self.kept_in)
        venv = Path(kept) if kept else shared / self.name
        venv.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{venv}.lock"):
            python, stamp = venv / "bin" / "python", venv / "installed.json"
            wanted = json.dumps([*self.packages, sys.executable])
            if not stamp.exists() or stamp.read_text() != wanted:
                self._install(venv)
                # A .pth file comes after the environment's own packages, so what it has of its own comes first.
                (site_packages(python) / "shared.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
                stamp.write_text(wanted)
        return python

    def _install(self, venv: Path) -> None:
        uv = shutil.which("uv", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
        if uv:
            create = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, venv]
            install = [uv, "pip", "install", "--quiet", "--python", venv / "bin" / "python"]
        else:
            create = [sys.executable, "-m", "venv", "--clear", venv]
            install = [venv / "bin" / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run(create, check=True)
        installed = subprocess.run([*install, "--no-deps", *self.packages], capture_output=True, text=True)
        if installed.returncode:
            pytest.skip(f"{self.packages[0]} cannot be installed: {installed.stderr.strip()[-500:]}")


def site_packages(python: Path) -> Path:
    """Return the folder in which an environment has its own packages."""
    (found,) = python.parents[1].glob("lib/python*/site-packages")
    return found


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Return a temporary folder of this test run that all workers of pytest-xdist see."""
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


ENVIRONMENTS = (
    # What LLaMA-Factory 0.9.5 needs to load data and to train, in versions that it asks for and that do not fit ours.
    Environment(
        "llamafactory",
        "MMA_LLAMAFACTORY_VENV",
        (
            "llamafactory==0.9.5",
            "accelerate==1.11.0",
            "antlr4-python3-runtime==4.9.3",
            "av==16.0.0",
            "datasets==4.0.0",
            "dill==0.3.8",
            "fsspec==2025.3.0",
            "huggingface_hub==1.33.0",
            "multiprocess==0.70.16",
            "omegaconf==2.3.0",
            "peft==0.18.1",
            "tokenizers==0.22.2",
            "torchaudio==2.11.0",
            "transformers==5.6.0",
            "trl==0.24.0",
        ),
    ),
    # lmms-eval 0.7.3 and what this environment lacks for it, or has in another version than pip chooses with it and
    # with transformers 4, which its Qwen2.5-Omni wants.
    Environment(
        "lmms_eval",
        "MMA_LMMSEVAL_VENV",
        (
            "lmms_eval==0.7.3",
            "av==15.1.0",
            "datasets==5.0.1",
            "filelock==3.32.7",  # lmms-eval imports `filelock._api`, which filelock 4 no longer has
            "huggingface_hub==0.36.2",
            "tokenizers==0.22.2",
            "transformers==4.57.6",
            # its evaluation
            "chardet==7.7.0",
            "colorama==0.4.6",
            "DataProperty==1.1.1",
            "jsonlines==4.0.0",
            "loguru==0.7.3",
            "lxml==6.1.3",
            "mbstrdecoder==1.1.5",
            "pathvalidate==3.3.1",
            "portalocker==4.4.2",
            "pytablewriter==1.2.1",
            "pytz==2026.3",
            "sacrebleu==2.6.0",
            "tabledata==1.3.5",
            "tabulate==0.10.0",
            "tcolorpy==0.1.7",
            "typepy==2.0.0",
            # its Qwen2.5-Omni
            "audioread==3.1.0",
            "decorator==5.3.1",
            "imageio==2.38.1",
            "imageio-ffmpeg==0.8.1",
            "lazy_loader==0.6",
            "librosa==0.11.0",
            "llvmlite==0.50.0",
            "moviepy==2.2.1",
            "msgpack==1.2.4",
            "numba==0.68.1",
            "platformdirs==4.14.7",
            "pooch==1.9.0",
            "proglog==0.1.12",
            "python-dotenv==1.2.4",
            "qwen-omni-utils==0.0.9",
            "qwen-vl-utils==0.0.14",
            "soxr==1.0.0",
        ),
    ),
)
