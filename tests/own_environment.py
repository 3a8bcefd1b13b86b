"""Environments of their own, for projects that ask for other versions of packages than this one has."""

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

CONSTRAINTS = Path(__file__).parents[1] / "constraints"


@dataclass(frozen=True)
class Environment:
    """Packages that are installed without what they depend on.

    That, torch above all, is imported from the current environment: it would take minutes and gigabytes to install.
    """

    name: str
    kept_in: str
    """An environment variable. If it is set, it names the folder in which the environment stays."""
    packages: tuple[str, ...]
    """Names of distributions; the first is the project. Their versions are those of its file in constraints/."""

    @property
    def constraints(self) -> Path:
        """The file with the exact versions."""
        return CONSTRAINTS / f"{self.packages[0]}.txt"

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
            wanted = json.dumps([*self.packages, self.constraints.read_text(), sys.executable])
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
        install += ["--no-deps", "--constraint", self.constraints, *self.packages]
        installed = subprocess.run(install, capture_output=True, text=True)
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


_REMOVED = ("audioop-lts==0.2.2", "standard-aifc==3.13.0", "standard-chunk==3.13.0", "standard-sunau==3.13.0")

ENVIRONMENTS = (
    # What LLaMA-Factory needs to load data and to train, in versions that it asks for and that do not fit ours.
    Environment(
        "llamafactory",
        "MMA_LLAMAFACTORY_VENV",
        (
            "llamafactory",
            "accelerate",
            "antlr4-python3-runtime",
            "av",
            "datasets",
            "dill",
            "fsspec",
            "huggingface_hub",
            "multiprocess",
            "omegaconf",
            "peft",
            "tokenizers",
            "torchaudio",
            "transformers",
            "trl",
        ),
    ),
    # lmms-eval and what this environment lacks for it, or has in another version than pip chooses with it and
    # with transformers 4, which its Qwen2.5-Omni wants.
    Environment(
        "lmms_eval",
        "MMA_LMMSEVAL_VENV",
        (
            "lmms-eval",
            "av",
            "datasets",
            "filelock",  # lmms-eval imports `filelock._api`, which filelock 4 no longer has
            "huggingface_hub",
            "tokenizers",
            "transformers",
            # its evaluation
            "chardet",
            "colorama",
            "DataProperty",
            "jsonlines",
            "loguru",
            "lxml",
            "mbstrdecoder",
            "pathvalidate",
            "portalocker",
            "pytablewriter",
            "pytz",
            "sacrebleu",
            "tabledata",
            "tabulate",
            "tcolorpy",
            "typepy",
            # its Qwen2.5-Omni
            "audioread",
            "decorator",
            "imageio",
            "imageio-ffmpeg",
            "lazy_loader",
            "librosa",
            "llvmlite",
            "moviepy",
            "msgpack",
            "numba",
            "platformdirs",
            "pooch",
            "proglog",
            "python-dotenv",
            "qwen-omni-utils",
            "qwen-vl-utils",
            "soxr",
            # modules that Python 3.13 no longer has
            *(f'{name}; python_version >= "3.13"' for name in _REMOVED),
        ),
    ),
)
