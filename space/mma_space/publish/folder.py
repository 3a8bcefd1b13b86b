"""Write the folder of a Space and choose what is published: the entry, our packages, requirements and the card."""

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
from mma_bench.hub.publication import CARD, Publication, files_of
from mma_bench.hub.target import HubError, Target
from mma_cards import render_card
from mma_space.settings import SETTINGS, Settings, read_variables, settings_of, variables_of

PACKAGES = ("mma_bench", "mma_accuracy", "mma_cards", "mma_eval", "mma_space")
"""The packages that the page imports; training is not among them."""
APP = '''"""The Space's entry: `python app.py`."""

from pathlib import Path

if __name__ == "__main__":  # processes that read uploads import this file too
    from mma_space.entry import main

    main(Path(__file__).parent)
'''
SPACE_FILES = ("app.py", "requirements.txt", "README.md", SETTINGS)
"""Files beside the packages."""
_MARK = "mma_space/entry.py"
"""Its presence in a repository on the Hub means that it is a Space of this project."""
_LEFT_OUT = ("__pycache__", "*.pyc", "*.pyi", ".*")


def write_space_folder(out: Path, settings: Settings, *, hardware: str = "zero-a10g") -> list[Path]:
    """Write the folder of a Space, or replace what an earlier call wrote there.

    Args:
        out: the folder.
        settings: what the page shows, and which models answer; settings.json gets what differs from the default.
        hardware: the hardware that the card suggests, by the Hub's name for it.

    Returns:
        Paths of all files, sorted.

    Raises:
        OptionsError: the folder holds other files, or the Hub has no such hardware.
    """
    _require_hardware(hardware)
    WorkFolder(out, "mma-bench space-folder").require_ours(allowed=(*PACKAGES, *SPACE_FILES))
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
    """List the paths of our packages' files in a Space's folder."""
    found = []
    for package in PACKAGES:
        with as_file(files(package)) as source:
            for path in source.rglob("*"):
                parts = path.relative_to(source.parent).parts
                if path.is_file() and not any(fnmatchcase(p, pattern) for p in parts for pattern in _LEFT_OUT):
                    found.append("/".join(parts))
    return sorted(found)


def space_card(settings: Settings, hardware: str, hub_id: str = "org/mma-bench-space") -> str:
    """Render the README.md of a Space, with the header that the Hub reads.

    Args:
        settings: its settings.
        hardware: the hardware that the card suggests.
        hub_id: its Hub id.
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
    """Render requirements.txt: the dependencies of the project and of its extras for models and the page."""
    wanted = [Requirement(line) for line in requires("mma-bench") or []]
    needed = [r for r in wanted if r.name != "mma-bench" and (r.marker is None or _is_needed_by_page(r))]
    lines = dict.fromkeys(
        f"{r.name}{r.specifier}" for r in needed
    )  # an extra repeats those of another that it includes
    return "\n".join(["# What the Space needs; our own packages lie beside app.py.", *lines]) + "\n"


def _is_needed_by_page(requirement: Requirement) -> bool:
    assert requirement.marker is not None
    return any(requirement.marker.evaluate({"extra": extra}) for extra in ("models", "space"))


def space_publication(folder: Path | None, target: Target, work: Path) -> Publication:
    """Collect what is published of a Space.

    Args:
        folder: a folder that `mma-bench space-folder` wrote; None writes one with the default settings.
        target: the repository, which the card names.
        work: an empty folder to write one into; needed until the upload ends.

    Raises:
        HubError: the folder was not written by `mma-bench space-folder`, or holds other files.
        OptionsError: its settings.json is malformed.
    """
    if folder is None:
        write_space_folder(work, Settings())
    where = folder or work
    for needed in (_MARK, SETTINGS, CARD):
        if not (where / needed).is_file():
            raise HubError(f"{where}: no {needed}; expected a folder that `mma-bench space-folder` wrote")
    held = files_of(where, [*SPACE_FILES, *package_files()], what="a Space of this version")
    settings = settings_of(read_variables(where))
    return Publication(
        what="space",
        repo_type="space",
        files={**held, CARD: space_card(settings, _suggested_hardware(where), target.id).encode()},
        allowed=[*SPACE_FILES, *(f"{package}/**" for package in PACKAGES)],
        mark=_MARK,
        mark_says="mma_space",
        usage=f'gradio_client.Client("{target.id}").predict(api_name="/clips")',
    )


def _suggested_hardware(folder: Path) -> str:
    from huggingface_hub import SpaceCard

    return str(SpaceCard.load(folder / CARD).data["suggested_hardware"])
