"""The folder that is pushed as a Space: the entry, what it needs, our packages beside it, and the card."""

from __future__ import annotations

import json
import shutil
from fnmatch import fnmatchcase
from importlib.metadata import requires, version
from importlib.resources import as_file, files
from pathlib import Path

from packaging.requirements import Requirement

from mma_bench import __version__
from mma_bench.core.errors import OptionsError
from mma_bench.core.files import write_text
from mma_bench.core.repo_id import names_a_repository
from mma_bench.core.workfolder import WorkFolder
from mma_cards import render_card
from mma_space.settings import CHOSEN, Settings, variables_of

PACKAGES = ("mma_bench", "mma_accuracy", "mma_cards", "mma_eval", "mma_space")
"""That the page imports; tuning is not among them."""
APP = '''"""The Space's entry: `python app.py`."""

from pathlib import Path

if __name__ == "__main__":  # processes that read uploads import this file too
    from mma_space.entry import main

    main(Path(__file__).parent)
'''
SPACE_FILES = ("app.py", "requirements.txt", "README.md", CHOSEN)
"""Beside the packages."""
_LEFT_OUT = ("__pycache__", "*.pyc", "*.pyi", ".*")


def write_space_folder(out: Path, settings: Settings, *, hardware: str = "zero-a10g") -> list[Path]:
    """Write the folder of a Space; what an earlier call wrote there is replaced.

    Args:
        out: the folder.
        settings: what the Space shows and who answers; those that differ from the default become its variables.
        hardware: that the card suggests, by the Hub's name for it.

    Returns:
        All files, sorted.

    Raises:
        OptionsError: the folder holds something else, or the Hub has no such hardware.
    """
    _require_hardware(hardware)
    WorkFolder(out, "mma-bench space-folder").require_ours(allowed=(*PACKAGES, *SPACE_FILES))
    for package in PACKAGES:
        shutil.rmtree(out / package, ignore_errors=True)
        with as_file(files(package)) as source:
            shutil.copytree(source, out / package, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    write_text(out / "app.py", APP)
    write_text(out / "requirements.txt", requirements())
    write_text(out / CHOSEN, json.dumps(variables_of(settings), indent=1) + "\n")
    write_text(out / "README.md", space_card(settings, hardware))
    return sorted(path for path in out.rglob("*") if path.is_file())


def package_files() -> list[str]:
    """What lies beside app.py of our packages, by path."""
    found = []
    for package in PACKAGES:
        with as_file(files(package)) as source:
            for path in source.rglob("*"):
                parts = path.relative_to(source.parent).parts
                if path.is_file() and not any(fnmatchcase(p, pattern) for p in parts for pattern in _LEFT_OUT):
                    found.append("/".join(parts))
    return sorted(found)


def space_card(settings: Settings, hardware: str, hub_id: str = "org/mma-bench-space") -> str:
    """The README.md of a Space, with the header that the Hub reads.

    Args:
        settings: what was chosen for it.
        hardware: that the card suggests.
        hub_id: where it is, or will be.
    """
    return render_card(
        "space",
        {
            "gradio": version("gradio"),
            "version": __version__,
            "hardware": hardware,
            "hub_id": hub_id,
            "settings": settings,
            "chosen": variables_of(settings),
            "on_hub": lambda name: bool(name) and names_a_repository(str(name)),
        },
    )


def _require_hardware(name: str) -> None:
    from huggingface_hub import SpaceHardware

    known = [hardware.value for hardware in SpaceHardware]
    if name not in known:
        raise OptionsError(f"--hardware {name}: expected one of {', '.join(known)}")


def requirements() -> str:
    """What the packages beside app.py need: the project's dependencies, with those for models and for the page."""
    wanted = [Requirement(line) for line in requires("mma-bench") or []]
    needed = [r for r in wanted if r.name != "mma-bench" and (r.marker is None or _is_for_the_page(r))]
    lines = dict.fromkeys(f"{r.name}{r.specifier}" for r in needed)  # an extra repeats what it takes in of another
    return "\n".join(["# What the Space needs; our own packages lie beside app.py.", *lines]) + "\n"


def _is_for_the_page(requirement: Requirement) -> bool:
    assert requirement.marker is not None
    return any(requirement.marker.evaluate({"extra": extra}) for extra in ("models", "space"))
