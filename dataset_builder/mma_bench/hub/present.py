"""Inspect a repository: check that it is ours, and find the files that a publication would change."""

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
    from huggingface_hub.hf_api import RepoSibling


@dataclass(frozen=True)
class Present:
    """Content of a revision of a repository."""

    commit: str
    files: Mapping[str, RepoSibling]
    """Files by path, with their digests."""


@dataclass(frozen=True)
class Changes:
    """Files that a publication would add, replace or delete."""

    added: Sequence[str]
    """Paths of files that are new or differ."""
    deleted: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.added or self.deleted)


def inspect(api: HfApi, publication: Publication, target: Target, revision: str | None) -> Present:
    """List the files of a revision, and check that the repository is ours.

    Raises:
        HubError: the repository contains something else, or is public despite --private.
    """
    kind = publication.repo_type
    info: Any = api.repo_info(target.id, repo_type=kind, revision=revision, files_metadata=True)
    files = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    strange = set(files) - {CARD, ".gitattributes"}  # a repository created by hand may have a card only
    if strange and not (publication.mark in files and _is_ours(api, publication, target, info.sha)):
        raise HubError(
            f"--to {target.id}: the name is taken by a repository that is no mma-bench {publication.what} "
            f"(it contains {', '.join(sorted(strange)[:5])}); choose another name"
        )
    if target.private and not info.private:
        raise HubError(f"--private: {target.id} already exists and is public; make it private in its settings first")
    return Present(info.sha, files)


def changes(publication: Publication, there: Present) -> Changes:
    """Compare a publication with a revision. Our files that the publication lacks are deleted; other files stay."""
    added = [path for path, held in publication.files.items() if not _same(held, there.files.get(path))]
    gone = set(there.files) - set(publication.files)
    return Changes(added, sorted(path for path in gone if matches(path, publication.allowed)))


def _is_ours(api: HfApi, publication: Publication, target: Target, commit: str) -> bool:
    path = api.hf_hub_download(target.id, publication.mark, repo_type=publication.repo_type, revision=commit)
    return publication.mark_says in Path(path).read_text(encoding="utf-8", errors="replace")


def _same(held: Path | bytes, sibling: Any) -> bool:
    from huggingface_hub.utils.sha import git_hash

    if sibling is None:
        return False
    if sibling.lfs is not None:
        own = hashlib.sha256(held).hexdigest() if isinstance(held, bytes) else file_sha256(held)
        return bool(own == sibling.lfs.sha256)
    return bool(git_hash(content_of(held)) == sibling.blob_id)
