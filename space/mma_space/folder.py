"""The folder that is pushed as a Space: the entry, what it needs, our packages beside it, and the card."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from mma_bench import __version__
from mma_bench.errors import OptionsError
from mma_bench.files import write_text
from mma_space.settings import CHOSEN, Settings, variables_of

PACKAGES = ("mma_bench", "mma_accuracy", "mma_cards", "mma_eval", "mma_space")
"""That the page imports; tuning is not among them."""
_OWN = ("app.py", "requirements.txt")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "*.pyi", "pushed")


def write_space_folder(out: Path, settings: Settings, *, hardware: str = "zero-a10g") -> list[Path]:
    """Write the folder of a Space; what an earlier call wrote there is replaced.

    Args:
        out: the folder.
        settings: what the Space shows and who answers; those that differ from the default become its variables.
        hardware: that the card suggests, by the Hub's name for it.

    Returns:
        All files, sorted.

    Raises:
        OptionsError: the folder holds something else.
    """
    ours = {*PACKAGES, *_OWN, "README.md", CHOSEN}
    strangers = {path.name for path in out.iterdir()} - ours if out.is_dir() else set()
    if strangers:
        raise OptionsError(
            f"{out}: holds {', '.join(sorted(strangers)[:5])}, which no Space of ours has; choose another"
        )
    for package in PACKAGES:
        shutil.rmtree(out / package, ignore_errors=True)
        with as_file(files(package)) as source:
            shutil.copytree(source, out / package, ignore=_LEFT_OUT)
    for name in _OWN:
        write_text(out / name, _own(name))
    write_text(out / CHOSEN, json.dumps(variables_of(settings), indent=1) + "\n")
    write_text(out / "README.md", space_card(settings, hardware))
    return sorted(path for path in out.rglob("*") if path.is_file())


def space_card(settings: Settings, hardware: str) -> str:
    """The README.md of a Space, with the header that the Hub reads."""
    environment = Environment(
        loader=PackageLoader("mma_cards"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("space.md.jinja").render(
        gradio=version("gradio"),
        version=__version__,
        hardware=hardware,
        settings=settings,
        chosen=variables_of(settings),
        on_hub=lambda name: bool(name) and str(name).count("/") == 1,
    )


def _own(name: str) -> str:
    """A file that stands beside our package in a checkout, and in it where it was installed from a wheel."""
    package = Path(str(files("mma_space")))
    installed = package / "pushed" / name
    return (installed if installed.is_file() else package.parent / name).read_text(encoding="utf-8")
