"""The metric as it is published: a Space whose module `evaluate.load` runs, with its card and its page."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from mma_bench.core.errors import OptionsError
from mma_bench.hub.publication import CARD, Publication, files_of
from mma_bench.hub.target import HubError, Target
from mma_cards import render_card

NAME = "mma_accuracy"
_MODULE = f"{NAME}.py"


def metric_publication(folder: Path | None, target: Target) -> Publication:
    """What is published of the metric.

    Args:
        folder: the metric's; None: the one that came with this package.
        target: where it goes; the card names that place.

    Raises:
        OptionsError: under that name `evaluate` would not find it.
        HubError: the folder is not the metric's, or holds something else.
    """
    if target.id.split("/")[1] != NAME:
        raise OptionsError(
            f"--to {target.id}: `evaluate.load` looks for a file of the repository's name; expected ORG/{NAME}"
        )
    with as_file(files(NAME)) as installed:  # a folder: the wheel is unpacked
        where = folder or installed
        if not (where / _MODULE).is_file():
            raise HubError(f"{where}: no {_MODULE}; expected the folder of the metric, or none for the one that ships")
        own = [path.name for path in installed.iterdir() if path.is_file()]
        held = files_of(where, own, what="the metric")
    return Publication(
        what="metric",
        repo_type="space",
        files={**held, CARD: metric_card(target.id).encode()},
        allowed=[*own, "*.py"],
        mark=_MODULE,
        mark_says="MMA-Bench",
        usage=f'evaluate.load("{target.id}"{target.argument})',
    )


def metric_card(name: str) -> str:
    """The README.md of the metric, whose header is what the Hub runs its page by.

    Args:
        name: that is given to `evaluate.load`: the folder's, or `org/mma_accuracy`.
    """
    return render_card("metric", {"name": name, "published": "/" in name})
