"""Write a Space's folder with its entry, our packages, requirements and card, and select the files to publish."""

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
from mma_bench.hub.publication import CARD, HubError, Publication, Target, files_of
from mma_cards import render_card
from mma_space.settings import SETTINGS, Settings, read_variables, settings_of, variables_of

PACKAGES = ("mma_bench", "mma_accuracy", "mma_cards", "mma_eval", "mma_space")
"""Packages that the page imports; mma_training is not one of them."""
APP = '''"""The Space's entry: `python app.py`."""

from pathlib import Path

if __name__ == "__main__":  # processes that read uploads import this file too
    from mma_space.entry import main

    main(Path(__file__).parent)
'''
SPACE_FILES = ("app.py", "requirements.txt", "README.md", SETTINGS)
"""Files in a Space's folder, in addition to the packages."""
_MARK = "mma_space/entry.py"
"""File whose presence identifies a repository on the Hub as a Space of this project."""
_LEFT_OUT = ("__pycache__", "*.pyc", "*.pyi", ".*")


def write_space_folder(out: Path, settings: Settings, *, hardware: str = "zero-a10g") -> list[Path]:
    """Write a Space's folder, replacing the files of an earlier call, and return the sorted paths of all files.

    Args:
        out: the folder to write.
        settings: the page's settings; those that differ from the defaults are written to settings.json.
        hardware: hardware that the card suggests, by its name on the Hub.

    Raises:
        OptionsError: the folder contains other files, or the hardware is unknown.
    """
    from huggingface_hub import SpaceHardware

    known = [hardware.value for hardware in SpaceHardware]
    if hardware not in known:
        raise OptionsError(f"--hardware {hardware}: unknown; available: {', '.join(known)}")
    WorkFolder(out, "mma-bench space-folder").require_ours(
        allowed=(*PACKAGES, *SPACE_FILES), remedy="choose another folder"
    )
    for package in PACKAGES:
        shutil.rmtree(out / package, ignore_errors=True)
        with as_file(files(package)) as source:
            shutil.copytree(source, out / package, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    write_text(out / "app.py", APP)
    write_text(out / "requirements.txt", requirements())
    write_text(out / SETTINGS, json.dumps(variables_of(settings), indent=1) + "\n")
    write_text(out / "README.md", space_card(settings, hardware))
    return sorted(path for path in out.rglob("*") if path.is_file())


def package_files() -> list[str]:
    """List the files of our packages, by their paths in a Space's folder."""
    found = []
    for package in PACKAGES:
        with as_file(files(package)) as source:
            for path in source.rglob("*"):
                parts = path.relative_to(source.parent).parts
                if path.is_file() and not any(fnmatchcase(p, pattern) for p in parts for pattern in _LEFT_OUT):
                    found.append("/".join(parts))
    return sorted(found)


def space_card(settings: Settings, hardware: str, hub_id: str = "org/mma-bench-space") -> str:
    """Render the README.md of a Space, including its YAML front matter, which suggests the hardware."""
    fields = {
        "gradio": version("gradio"),
        "version": __version__,
        "hardware": hardware,
        "hub_id": hub_id,
        "settings": settings,
        "chosen": variables_of(settings),
        "on_hub": lambda name: bool(name) and names_a_repository(str(name)),
    }
    return render_card("space", fields)


def requirements() -> str:
    """Render requirements.txt with the project's dependencies, including those of the extras `models` and `space`."""
    lines = {"# What the Space needs; our own packages lie beside app.py.": None}
    for r in map(Requirement, requires("mma-bench") or []):
        wanted = r.marker is None or any(r.marker.evaluate({"extra": extra}) for extra in ("models", "space"))
        if wanted and r.name != "mma-bench":
            lines[f"{r.name}{r.specifier}"] = None  # once, since extras that include others repeat their requirements
    return "\n".join(lines) + "\n"


def space_publication(folder: Path | None, target: Target, work: Path) -> Publication:
    """Collect the files of a Space to publish, with a card that names the target repository.

    Args:
        folder: a folder written by `mma-bench space-folder`; None writes one with default settings to `work`.
        target: the repository on the Hub.
        work: an empty folder, which must exist until the upload ends.

    Raises:
        HubError: the folder was not written by `mma-bench space-folder`, or contains other files.
        OptionsError: settings.json in the folder is malformed.
    """
    from huggingface_hub import SpaceCard

    if folder is None:
        write_space_folder(work, Settings())
    where = folder or work
    for needed in (_MARK, SETTINGS, CARD):
        if not (where / needed).is_file():
            raise HubError(f"{where}: no {needed}; expected a folder written by `mma-bench space-folder`")
    held = files_of(where, [*SPACE_FILES, *package_files()], what="a Space of this version")
    hardware = str(SpaceCard.load(where / CARD).data["suggested_hardware"])
    card = space_card(settings_of(read_variables(where)), hardware, target.id)
    return Publication(
        what="space",
        repo_type="space",
        files={**held, CARD: card.encode()},
        allowed=[*SPACE_FILES, *(f"{package}/**" for package in PACKAGES)],
        mark=_MARK,
        mark_says="mma_space",
        usage=f'gradio_client.Client("{target.id}").predict(api_name="/clips")',
    )
