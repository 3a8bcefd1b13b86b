"""What is to be published: the files of a repository, looked through before anything leaves the machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from mma_bench.hub.target import HubError

CARD = "README.md"
RepoType = Literal["dataset", "model", "space"]

_IGNORED = (".DS_Store", ".git", ".gitattributes", ".cache", "__pycache__")
"""What tools leave in folders: neither sent nor complained about."""
_TEXTS = (".csv", ".json", ".jsonl", ".md", ".py", ".txt", ".yaml", ".yml")
_SECRETS: Mapping[str, re.Pattern[str]] = {
    "a token of the Hub": re.compile(r"\bhf_[A-Za-z0-9]{30,}"),
    "a key of a server": re.compile(r"\b(sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{30,})"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}


@dataclass(frozen=True)
class Publication:
    """The content of a repository."""

    what: str
    """In one word: dataset, metric, adapter, space."""
    repo_type: RepoType
    files: Mapping[str, Path | bytes]
    """By their path in the repository; the card is among them."""
    mark: str
    """A file by which a repository of this kind is known."""
    usage: str
    """What somebody types to get it."""
    note: str = ""
    """What whoever publishes must know besides."""

    @property
    def card(self) -> str:
        """The text of README.md."""
        return _bytes(self.files[CARD]).decode()

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each file."""
        return {
            path: len(held) if isinstance(held, bytes) else held.stat().st_size for path, held in self.files.items()
        }


def files_of(folder: Path, allowed: Sequence[str], *, what: str) -> dict[str, Path | bytes]:
    """The files of a folder that is published, by their path in it.

    Args:
        folder: it.
        allowed: patterns of all that may leave.
        what: is in the folder, for the message.

    Raises:
        HubError: there is something else, or something that is no plain file.
    """
    found = {path.relative_to(folder).as_posix(): path for path in _plain(folder)}
    strangers = [name for name in found if not any(fnmatchcase(name, pattern) for pattern in allowed)]
    if strangers:
        more = f" and {len(strangers) - 5} more" if len(strangers) > 5 else ""
        raise HubError(
            f"{folder}: holds {', '.join(strangers[:5])}{more}, no part of {what}; move it elsewhere, so that nothing "
            "leaves that should not"
        )
    return dict(found)


def require_publishable(publication: Publication) -> None:
    """Look through everything once more: a card with a licence, and nothing secret in any text.

    Raises:
        HubError: the first thing that must not be published, with its file.
    """
    _require_card(publication)
    for path, held in publication.files.items():
        if not path.endswith(_TEXTS):
            continue
        text = _bytes(held).decode(errors="replace")
        for kind, pattern in (*_SECRETS.items(), *_places()):
            match = pattern.search(text)
            if match:
                line = text.count("\n", 0, match.start()) + 1
                raise HubError(f"{path}, line {line}: {kind} ({match[0][:12]}...); remove it before you publish")


def _require_card(publication: Publication) -> None:
    from huggingface_hub import DatasetCard, ModelCard, SpaceCard

    kind = {"dataset": DatasetCard, "model": ModelCard, "space": SpaceCard}[publication.repo_type]
    try:
        data = kind(publication.card).data
    except ValueError as error:
        raise HubError(
            f"{CARD}: its header cannot be read ({error}); expected YAML between two lines of ---"
        ) from error
    if not data.get("license"):
        raise HubError(f"{CARD}: no license in its header; expected one such as apache-2.0")


def _places() -> Iterator[tuple[str, re.Pattern[str]]]:
    """This machine's paths, which are nobody's business and lead nowhere elsewhere."""
    home = Path.home()
    if home != Path(home.anchor):
        yield "a path of this machine", re.compile(re.escape(f"{home}/"))


def _plain(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _IGNORED:
            continue
        if path.is_symlink() and path.is_dir():
            raise HubError(f"{path}: a link to a folder; expected plain files")
        if path.is_dir():
            yield from _plain(path)
        else:
            yield path


def _bytes(held: Path | bytes) -> bytes:
    return held if isinstance(held, bytes) else held.read_bytes()
