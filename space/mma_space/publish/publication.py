"""The page as it is published: the folder of a Space, with a card that names its place."""

from __future__ import annotations

import json
from pathlib import Path

from mma_bench.hub.publication import CARD, Publication, files_of
from mma_bench.hub.target import HubError, Target
from mma_space.publish.folder import PACKAGES, SPACE_FILES, package_files, space_card, write_space_folder
from mma_space.settings import CHOSEN, Settings, settings_of

_MARK = "mma_space/entry.py"


def space_publication(folder: Path | None, target: Target, work: Path) -> Publication:
    """What is published of a Space.

    Args:
        folder: written by `mma-bench space-folder`; None: one with the usual settings.
        target: where it goes; the card names that place.
        work: an empty folder for one that is written now; it is needed until all is uploaded.

    Raises:
        HubError: it is no such folder, or holds something else.
    """
    if folder is None:
        write_space_folder(work, Settings())
    where = folder or work
    for needed in (_MARK, CHOSEN, CARD):
        if not (where / needed).is_file():
            raise HubError(f"{where}: no {needed}; expected a folder that `mma-bench space-folder` wrote")
    held = files_of(where, [*SPACE_FILES, *package_files()], what="a Space of this version")
    settings = settings_of(json.loads((where / CHOSEN).read_text(encoding="utf-8")))
    return Publication(
        what="space",
        repo_type="space",
        files={**held, CARD: space_card(settings, _hardware(where), target.id).encode()},
        allowed=[*SPACE_FILES, *(f"{package}/**" for package in PACKAGES)],
        mark=_MARK,
        mark_says="mma_space",
        usage=f'gradio_client.Client("{target.id}").predict(api_name="/clips")',
    )


def _hardware(folder: Path) -> str:
    from huggingface_hub import SpaceCard

    return str(SpaceCard.load(folder / CARD).data["suggested_hardware"])
