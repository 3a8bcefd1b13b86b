"""The page as it is published: the folder of a Space, with a card that names its place."""

from __future__ import annotations

import json
from pathlib import Path

from mma_bench.hub.publication import CARD, Publication, files_of
from mma_bench.hub.target import HubError, Target
from mma_space.folder import PACKAGES, space_card, write_space_folder
from mma_space.settings import CHOSEN, Settings, settings_of

_MARK = "mma_space/entry.py"
_ALLOWED = (CARD, "app.py", "requirements.txt", CHOSEN, *(f"{package}/*" for package in PACKAGES))


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
    if not (where / _MARK).is_file() or not (where / CHOSEN).is_file():
        raise HubError(f"{where}: no {_MARK}; expected a folder that `mma-bench space-folder` wrote")
    held = files_of(where, _ALLOWED, what="a Space")
    settings = settings_of(json.loads((where / CHOSEN).read_text(encoding="utf-8")))
    card = space_card(settings, _hardware(where), target.id)
    usage = f'https://huggingface.co/spaces/{target.id}\ngradio_client.Client("{target.id}").predict(api_name="/clips")'
    return Publication("space", "space", {**held, CARD: card.encode()}, _MARK, usage)


def _hardware(folder: Path) -> str:
    from huggingface_hub import SpaceCard

    return str(SpaceCard.load(folder / CARD).data["suggested_hardware"])
