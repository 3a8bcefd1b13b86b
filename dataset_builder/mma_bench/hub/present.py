"""What a repository holds already: whether it is ours, and what of it would change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mma_bench.core.files import file_sha256
from mma_bench.hub.publication import CARD, Publication, content_of, matches
from mma_bench.hub.target import HubError, Target

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True)
class Present:
    """A revision of a repository."""

    commit: str
    files: Mapping[str, Any]
    """By path, as huggingface_hub's RepoSibling with its digests."""


@dataclass(frozen=True)
class Changes:
    """What a publication would add, replace or delete."""

    added: Sequence[str]
    deleted: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.added or self.deleted)


def look(api: HfApi, publication: Publication, target: Target, revision: str | None) -> Present:
    """See what is there.

    Raises:
        HubError: something that is none of ours, or public where it was to be private.
    """
    kind = publication.repo_type
    info: Any = api.repo_info(target.id, repo_type=kind, revision=revision, files_metadata=True)
    files = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    strange = set(files) - {CARD, ".gitattributes"}  # one that was made by hand may have a card and nothing else
    if strange and not (publication.mark in files and _is_ours(api, publication, target, info.sha)):
        raise HubError(
            f"--to {target.id}: the name is taken by something that is no {publication.what} of mma-bench (it holds "
            f"{', '.join(sorted(strange)[:5])}); choose another name"
        )
    if target.private and not info.private:
        raise HubError(f"--private: {target.id} is there and public; make it private in its settings first")
    return Present(info.sha, files)


def changes(publication: Publication, there: Present) -> Changes:
    """What differs. Files of ours that this version has no more go; those that somebody put beside them stay."""
    added = [path for path, held in publication.files.items() if not _same(held, there.files.get(path))]
    gone = set(there.files) - set(publication.files)
    return Changes(added, sorted(path for path in gone if matches(path, publication.allowed)))


def _is_ours(api: HfApi, publication: Publication, target: Target, commit: str) -> bool:
    path = api.hf_hub_download(target.id, publication.mark, repo_type=publication.repo_type, revision=commit)
    return publication.mark_says in Path(path).read_text(encoding="utf-8", errors="replace")


def _same(held: Path | bytes, sibling: Any) -> bool:
    if sibling is None:
        return False
    if sibling.lfs is not None:
        own = hashlib.sha256(held).hexdigest() if isinstance(held, bytes) else file_sha256(held)
        return bool(own == sibling.lfs.sha256)
    content = content_of(held)
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # as git names it
    return bool(blob == sibling.blob_id)
