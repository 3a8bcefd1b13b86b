"""Publish in one commit, so that a repository never shows a partial publication."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mma_bench import __version__
from mma_bench.core.records import Json
from mma_bench.hub.failures import client_errors, content_refused, explain, is_transient, retry_after
from mma_bench.hub.present import Changes, Present, changes, inspect
from mma_bench.hub.publication import Publication, without_optional
from mma_bench.hub.target import HubError, Target

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_WAITS = (1.0, 2.0, 4.0)
"""Delay in seconds before each retry, unless the Hub requests another."""


@dataclass(frozen=True)
class Published:
    """Outcome of a publication."""

    url: str
    """URL of the repository, or of the pull request."""
    commit: str
    changed: bool
    """False if the repository was already up to date."""
    deleted: tuple[str, ...] = ()
    """Files of an earlier version that were deleted."""
    refused: str = ""
    """The Hub's reason for rejecting the optional file; empty if it was accepted."""


@dataclass
class _Sent:
    """Requests that may have been executed although their response was lost."""

    commit: bool = False


def upload(publication: Publication, target: Target, *, say: Callable[[str], None]) -> Published:
    """Publish, or resume an interrupted upload without resending large files.

    Files are uploaded first and become visible together, in one commit.

    Args:
        publication: the files.
        target: the repository.
        say: called with the reason for each wait.

    Raises:
        HubError: the Hub rejects the upload or cannot be reached, or another repository has the name.
    """
    from huggingface_hub import HfApi

    api = HfApi(library_name="mma-bench", library_version=__version__)
    sent, refused = _Sent(), ""
    waits = iter(_WAITS)
    while True:
        try:
            return replace(_attempt(api, publication, target, sent), refused=refused)
        except client_errors() as error:
            if publication.optional and (refused := content_refused(error)):
                publication = without_optional(publication)
                continue
            wait = next(waits, None)
            proposed = target.create_pr and sent.commit  # a retry would open a second pull request
            if wait is None or proposed or not is_transient(error):
                raise explain(error, target, api.endpoint, sent=sent.commit) from error
            wait = retry_after(error) or wait
            say(f"{explain(error, target, api.endpoint, sent=sent.commit)}; trying again in {wait:g} s")
            time.sleep(wait)


def _attempt(api: HfApi, publication: Publication, target: Target, sent: _Sent) -> Published:
    _require_card(publication)
    there, tags = _prepared(api, publication, target)
    changed = changes(publication, there)
    tagged = tags.get(target.tag or "")
    if tagged and (changed or tagged != there.commit):
        raise HubError(
            f"--tag {target.tag}: exists with other content ({tagged[:8]}); tags are never moved, choose another"
        )
    url = f"{api.endpoint}/{'' if publication.repo_type == 'model' else publication.repo_type + 's/'}{target.id}"
    if not changed:
        published = Published(url, there.commit, changed=sent.commit)
    else:
        made = _commit(api, publication, target, there, changed, sent)
        published = Published(made.pr_url or url, made.oid, changed=True, deleted=tuple(changed.deleted))
    if target.tag and not tagged:
        api.create_tag(target.id, repo_type=publication.repo_type, tag=target.tag, revision=published.commit)
    return published


def _require_card(publication: Publication) -> None:
    """Let the Hub validate the card before anything large is sent."""
    from huggingface_hub import RepoCard

    try:
        RepoCard(publication.card).validate(publication.repo_type)
    except ValueError as error:
        raise HubError(f"README.md: the Hub rejects its YAML front matter ({' '.join(str(error).split())})") from error


def _prepared(api: HfApi, publication: Publication, target: Target) -> tuple[Present, dict[str, str]]:
    """Create the repository and its branch if missing; return their content and the tags."""
    if not target.create_pr:
        sdk = "gradio" if publication.repo_type == "space" else None
        api.create_repo(
            target.id, repo_type=publication.repo_type, private=target.private or None, space_sdk=sdk, exist_ok=True
        )
    there = inspect(api, publication, target, None)
    tags = _tags(api, publication, target)
    if target.revision is None:
        return there, tags
    if not target.is_pull_request:
        api.create_branch(target.id, repo_type=publication.repo_type, branch=target.revision, exist_ok=True)
    return inspect(api, publication, target, target.revision), tags


def _commit(api: HfApi, publication: Publication, target: Target, there: Present, changed: Changes, sent: _Sent) -> Any:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    where: dict[str, Json] = {
        "repo_type": publication.repo_type, "revision": target.revision, "create_pr": target.create_pr
    }  # fmt: skip
    added = [CommitOperationAdd(path, publication.files[path]) for path in changed.added]
    api.preupload_lfs_files(target.id, added, free_memory=False, **where)
    sent.commit = True
    return api.create_commit(
        target.id,
        [*added, *(CommitOperationDelete(path) for path in changed.deleted)],
        commit_message=f"{publication.what} of mma-bench {__version__}",
        parent_commit=None if target.create_pr else there.commit,  # optimistic lock: a concurrent push fails
        **where,
    )


def _tags(api: HfApi, publication: Publication, target: Target) -> dict[str, str]:
    """Return the commit of each tag, by name.

    Raises:
        HubError: the new tag has the name of a branch, or the branch that of a tag.
    """
    refs = api.list_repo_refs(target.id, repo_type=publication.repo_type)
    tags = {ref.name: ref.target_commit for ref in refs.tags}
    if target.revision in tags:
        raise HubError(f"--revision {target.revision}: is a tag, and tags are never moved; choose a branch")
    if target.tag in {ref.name for ref in refs.branches}:
        raise HubError(f"--tag {target.tag}: is the name of a branch; choose another")
    return tags
