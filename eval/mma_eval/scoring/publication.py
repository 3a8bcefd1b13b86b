"""Publish the metric as a Space: the module for `evaluate.load`, a card and a demo page."""

from importlib.resources import as_file, files
from pathlib import Path

from mma_bench.core.errors import OptionsError
from mma_bench.hub.publication import CARD, HubError, Publication, Target, files_of
from mma_cards import render_card

NAME = "mma_accuracy"
_MODULE = f"{NAME}.py"


def metric_publication(folder: Path | None, target: Target) -> Publication:
    """Collect the files of the metric from `folder`, by default of the shipped metric, for a push to the Hub.

    Raises:
        OptionsError: `evaluate.load` would not find the metric in a repository of that name.
        HubError: the folder does not contain the metric, or contains other files.
    """
    if target.id.split("/")[1] != NAME:
        raise OptionsError(
            f"--to {target.id}: `evaluate.load` needs a repository named like its module; expected ORG/{NAME}"
        )
    with as_file(files(NAME)) as installed:  # a folder: the wheel is unpacked
        where = folder or installed
        if not (where / _MODULE).is_file():
            raise HubError(f"{where}: no {_MODULE}; give the metric's folder, or omit it for the shipped metric")
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
    """Render the README.md, whose YAML front matter configures the Space; `name` is passed to `evaluate.load`."""
    return render_card("metric", {"name": name, "published": "/" in name})
