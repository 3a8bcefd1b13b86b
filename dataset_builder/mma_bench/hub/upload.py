"""One commit: a repository shows all of what is published, or what it showed before, and nothing between."""

from __future__ import annotations

import time
from dataclasses import dataclass
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from mma_bench import __version__
from mma_bench.hub.publication import Publication
from mma_bench.hub.target import HubError, Target
from mma_bench.hub.words import explained

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_WAITS = (1.0, 2.0, 4.0)
"""Seconds before each further attempt, unless the Hub says how long."""
_PASSING = (429, 500, 502, 503, 504)
_OURS_TO_LEAVE = (".gitattributes",)


@dataclass(frozen=True)
class Published:
    """What became of a publication."""

    url: str
    """Of the repository, or of the pull request."""
    commit: str
    changed: bool
    """False where all of it was there already."""


def upload(publication: Publication, target: Target) -> Published:
    """Publish, or go on where an interrupted call stopped: large files that arrived are not sent again.

    Files are sent first and belong to nothing until one commit names them all, so a repository never shows a part.

    Raises:
        HubError: the Hub refuses, is out of reach, or the name is taken by something else.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled  # type: ignore[attr-defined]

    api = HfApi(library_name="mma-bench", library_version=__version__)
    waits = iter(_WAITS)
    while True:
        try:
            return _attempt(api, publication, target)
        except (HTTPError, OfflineModeIsEnabled, JSONDecodeError) as error:
            wait = next(waits, None)
            if wait is None or not _passes(error):
                raise explained(error, target, api.endpoint) from error
            time.sleep(_told_to_wait(error) or wait)
        except ValueError as error:  # what the client makes of a card that the Hub does not take
            raise HubError(f"--to {target.id}: {' '.join(str(error).split())}") from error


def _attempt(api: HfApi, publication: Publication, target: Target) -> Published:
    kind = publication.repo_type
    if not target.create_pr:
        sdk = "gradio" if kind == "space" else None
        api.create_repo(target.id, repo_type=kind, private=target.private or None, space_sdk=sdk, exist_ok=True)
    if target.revision and not target.revision.startswith("refs/"):  # those of pull requests are there
        api.create_branch(target.id, repo_type=kind, branch=target.revision, exist_ok=True)
    before: Any = api.repo_info(target.id, repo_type=kind, revision=target.revision)
    there = {file.rfilename for file in before.siblings or ()} - {*_OURS_TO_LEAVE}
    _require_ours(publication, target, there, private=bool(before.private))
    tagged = _commit_of_tag(api, publication, target)
    _require_free(target, tagged, before.sha)
    made = api.create_commit(
        target.id,
        _operations(publication, there),
        commit_message=f"{publication.what} of mma-bench {__version__}",
        repo_type=kind,
        revision=target.revision,
        create_pr=target.create_pr,
        parent_commit=None if target.create_pr else before.sha,  # of two who publish at once, one is told
    )
    if target.tag and tagged is None:
        api.create_tag(target.id, repo_type=kind, tag=target.tag, revision=made.oid)
    _require_free(target, tagged, made.oid)
    url = made.pr_url or f"{api.endpoint}/{'' if kind == 'model' else kind + 's/'}{target.id}"
    return Published(url, made.oid, changed=made.oid != before.sha)


def _operations(publication: Publication, there: set[str]) -> list[Any]:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    gone = sorted(there - set(publication.files))
    return [
        *(CommitOperationAdd(path, held) for path, held in publication.files.items()),
        *(CommitOperationDelete(path) for path in gone),
    ]


def _require_ours(publication: Publication, target: Target, there: set[str], *, private: bool) -> None:
    strange = there - {"README.md"}  # a repository that was made by hand may have a card and nothing else
    if strange and publication.mark not in there:
        raise HubError(
            f"--to {target.id}: the name is taken by something that is no {publication.what} of mma-bench (it holds "
            f"{', '.join(sorted(strange)[:5])}); choose another name"
        )
    if target.private and not private:
        raise HubError(f"--private: {target.id} is there and public; make it private in its settings first")


def _commit_of_tag(api: HfApi, publication: Publication, target: Target) -> str | None:
    if not target.tag:
        return None
    tags = api.list_repo_refs(target.id, repo_type=publication.repo_type).tags
    return next((ref.target_commit for ref in tags if ref.name == target.tag), None)


def _require_free(target: Target, tagged: str | None, commit: str) -> None:
    if tagged not in (None, commit):
        raise HubError(
            f"--tag {target.tag}: names another commit already ({tagged[:8]}, not {commit[:8]}), and tags are never "
            "moved; choose another"
        )


def _passes(error: Exception) -> bool:
    """Whether it may be gone in a moment: the network's failures, and what the Hub says of itself."""
    response = getattr(error, "response", None)
    return not isinstance(error, ConnectionError) and (response is None or response.status_code in _PASSING)


def _told_to_wait(error: Exception) -> float | None:
    response = getattr(error, "response", None)
    told = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(told), 300.0) if told.isdigit() else None
