"""Publish in one commit, so that a repository never shows a partial publication."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mma_bench import __version__
from mma_bench.core.files import file_sha256
from mma_bench.hub.failures import client_errors, content_refused, explain, is_transient, retry_after
from mma_bench.hub.publication import CARD, HubError, Publication, Target, content_of, matches

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_WAITS = (1.0, 2.0, 4.0)
"""Delay in seconds before each retry, unless the Hub requests another delay."""


@dataclass(frozen=True)
class Published:
    """Outcome of a publication."""

    url: str
    """URL of the repository, or of the pull request."""
    commit: str
    changed: bool
    """False if the repository was already up to date."""
    deleted: Sequence[str] = ()
    """Files of an earlier version that were deleted."""
    refused: str = ""
    """The Hub's reason for rejecting the optional file; empty if it was accepted."""


def upload(publication: Publication, target: Target, *, say: Callable[[str], None]) -> Published:
    """Publish to the Hub, or resume an interrupted upload without resending large files.

    Files are uploaded first and become visible together, in one commit. `say` receives the reason for each wait.

    Raises:
        HubError: the Hub rejects the upload or cannot be reached, or the name belongs to a repository of another kind.
    """
    from huggingface_hub import HfApi

    api = HfApi(library_name="mma-bench", library_version=__version__)
    work = _Upload(api, publication, target)
    refused, waits = "", iter(_WAITS)
    while True:
        try:
            return replace(work.attempt(), refused=refused)
        except client_errors() as error:
            optional = work.publication.optional
            if optional and (refused := content_refused(error)):
                files = {path: held for path, held in work.publication.files.items() if path != optional}
                work.publication = replace(work.publication, files=files, optional=None)
                continue
            problem = explain(error, target, api.endpoint, sent=work.sent)
            wait = next(waits, None)
            proposed = target.create_pr and work.sent  # a retry would open a second pull request
            if wait is None or proposed or not is_transient(error):
                raise problem from error
            wait = retry_after(error) or wait
            say(f"{problem}; trying again in {wait:g} s")
            time.sleep(wait)


@dataclass
class _Upload:
    """An upload and its state across retries."""

    api: HfApi
    publication: Publication
    target: Target
    sent: bool = False
    """True if the commit was requested; it may have been made even if the response was lost."""

    def attempt(self) -> Published:
        """Publish without retrying; errors of the Hub's client propagate."""
        publication, target, kind = self.publication, self.target, self.publication.repo_type
        self._require_card()
        there, tags = self._prepare()
        files = {sibling.rfilename: sibling for sibling in there.siblings or ()}
        added = [path for path, held in publication.files.items() if not _same(held, files.get(path))]
        # Our files that the publication lacks are deleted; other files stay.
        deleted = sorted(p for p in set(files) - set(publication.files) if matches(p, publication.allowed))
        tagged = tags.get(target.tag or "")
        if tagged and (added or deleted or tagged != there.sha):
            raise HubError(
                f"--tag {target.tag}: exists with other content (commit {tagged[:8]}); tags are never "
                "moved, so choose another name"
            )
        url = f"{self.api.endpoint}/{'' if kind == 'model' else kind + 's/'}{target.id}"
        if added or deleted:
            made = self._commit(there.sha, added, deleted)
            published = Published(made.pr_url or url, made.oid, changed=True, deleted=deleted)
        else:
            published = Published(url, there.sha, changed=self.sent)
        if target.tag and not tagged:
            self.api.create_tag(target.id, repo_type=kind, tag=target.tag, revision=published.commit)
        return published

    def _require_card(self) -> None:
        """Let the Hub validate the card before anything large is sent."""
        from huggingface_hub import RepoCard

        try:
            RepoCard(self.publication.card).validate(self.publication.repo_type)
        except ValueError as error:
            reason = " ".join(str(error).split())
            raise HubError(f"{CARD}: the Hub rejects its YAML front matter ({reason}); correct it") from error

    def _prepare(self) -> tuple[Any, dict[str, str]]:
        """Create the repository and its branch if missing; return the revision's `RepoInfo` and the commits of tags."""
        target, kind = self.target, self.publication.repo_type
        if not target.create_pr:
            sdk = "gradio" if kind == "space" else None
            self.api.create_repo(
                target.id, repo_type=kind, private=target.private or None, space_sdk=sdk, exist_ok=True
            )
        there, tags = self._inspect(None), self._tags()
        if target.revision is None:
            return there, tags
        if not target.is_pull_request:
            self.api.create_branch(target.id, repo_type=kind, branch=target.revision, exist_ok=True)
        return self._inspect(target.revision), tags

    def _inspect(self, revision: str | None) -> Any:
        """Return the `RepoInfo` of a revision; check that the repository is ours, and private if required."""
        target, publication = self.target, self.publication
        kind = publication.repo_type
        info: Any = self.api.repo_info(target.id, repo_type=kind, revision=revision, files_metadata=True)
        names = {sibling.rfilename for sibling in info.siblings or ()}
        strange = names - {CARD, ".gitattributes"}  # a repository created by hand may have a card only
        ours = not strange
        if strange and publication.mark in names:
            path = self.api.hf_hub_download(target.id, publication.mark, repo_type=kind, revision=info.sha)
            ours = publication.mark_says in Path(path).read_text(encoding="utf-8", errors="replace")
        if not ours:
            raise HubError(
                f"--to {target.id}: the name is taken by a repository that is not an mma-bench {publication.what} "
                f"(it contains {', '.join(sorted(strange)[:5])}); choose another name"
            )
        if target.private and not info.private:
            raise HubError(
                f"--private: {target.id} already exists and is public; make it private in its settings first"
            )
        return info

    def _tags(self) -> dict[str, str]:
        """Return the commit of each tag; reject a target revision that is a tag, and a target tag that is a branch."""
        refs = self.api.list_repo_refs(self.target.id, repo_type=self.publication.repo_type)
        tags = {ref.name: ref.target_commit for ref in refs.tags}
        if self.target.revision in tags:
            raise HubError(f"--revision {self.target.revision}: is a tag, and tags are never moved; choose a branch")
        if self.target.tag in {ref.name for ref in refs.branches}:
            raise HubError(f"--tag {self.target.tag}: is the name of a branch; choose another name")
        return tags

    def _commit(self, parent: str, added: Sequence[str], deleted: Sequence[str]) -> Any:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        target, kind = self.target, self.publication.repo_type
        where: Any = {"repo_type": kind, "revision": target.revision, "create_pr": target.create_pr}
        operations = [CommitOperationAdd(path, self.publication.files[path]) for path in added]
        self.api.preupload_lfs_files(target.id, operations, free_memory=False, **where)
        self.sent = True
        return self.api.create_commit(
            target.id,
            [*operations, *(CommitOperationDelete(path) for path in deleted)],
            commit_message=f"{self.publication.what} of mma-bench {__version__}",
            parent_commit=None if target.create_pr else parent,  # optimistic lock: a concurrent push fails
            **where,
        )


def _same(held: Path | bytes, sibling: Any) -> bool:
    from huggingface_hub.utils.sha import git_hash

    if sibling is None:
        return False
    if sibling.lfs is None:
        return bool(git_hash(content_of(held)) == sibling.blob_id)
    own = hashlib.sha256(held).hexdigest() if isinstance(held, bytes) else file_sha256(held)
    return bool(own == sibling.lfs.sha256)
