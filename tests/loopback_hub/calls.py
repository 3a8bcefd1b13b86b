"""What the endpoints share: how they refuse, whom they serve, which repository and commit is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from loopback_hub.accounts import ACCOUNTS, Account
from loopback_hub.storage import KINDS, Commit, Kind, NoSuchRevisionError, Repo, Storage


class HubError(Exception):
    """An answer other than the one that was asked for: a status, words, and a code that clients make a class of."""

    def __init__(self, status: int, message: str, code: str | None = None, *, commit: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.commit = status, message, code, commit


def no_such_repo(*, known_asker: bool) -> HubError:
    """A stranger is told 401, whether there is none or it is private."""
    return HubError(404 if known_asker else 401, "Repository not found", "RepoNotFound")


def no_such_revision(revision: str) -> HubError:
    """Neither a branch, a tag nor a commit."""
    return HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def no_such_entry(path: str, commit: Commit) -> HubError:
    """Clients remember that a commit lacks a file, so they are told which commit."""
    return HubError(404, f"{path} does not exist on {commit.oid}", "EntryNotFound", commit=commit.oid)


def answer_refusal(request: Request, refusal: Exception) -> Response:
    """A refusal as HTTP."""
    assert isinstance(refusal, HubError)
    in_a_header = " ".join(refusal.message.split()).encode("ascii", "replace").decode()
    told = {"X-Error-Message": in_a_header, "X-Error-Code": refusal.code, "X-Repo-Commit": refusal.commit}
    return JSONResponse({"error": refusal.message}, refusal.status, {name: v for name, v in told.items() if v})


@dataclass(frozen=True)
class Site:
    """What the endpoints work with."""

    storage: Storage
    url: str
    storage_url: str
    """Another origin, as the Hub's CDN and its bucket for uploads are: tokens must not go there."""
    multipart_above: int
    part_bytes: int
    page: int
    """How much a listing shows at once."""

    def web(self, kind: Kind, repo_id: str) -> str:
        """A repository's page."""
        return f"{self.url}/{'' if kind == 'model' else f'{kind}s/'}{repo_id}"


def site(request: Request) -> Site:
    """What the endpoints work with."""
    return cast(Site, request.app.state.site)


def part(request: Request, name: str, default: str = "") -> str:
    """A part of the address, which is matched as it was sent: a slash within a branch's name divides nothing."""
    return unquote(request.path_params.get(name, default))


def flag(request: Request, name: str) -> bool:
    """A yes or no in the query, in any of the ways that clients write them."""
    return request.query_params.get(name, "").lower() in ("1", "true")


def asker(request: Request) -> Account | None:
    """Who asks; None is a stranger.

    Raises:
        HubError: 401, the token is unknown.
    """
    authorization = request.headers.get("authorization")
    if not authorization:
        return None
    known = ACCOUNTS.get(authorization.removeprefix("Bearer "))
    if known is None:  # clients tell a bad token from a missing repository by these words
        raise HubError(401, "Invalid credentials in Authorization header")
    return known


def writer(request: Request, namespace: str | None) -> Account:
    """Who asks, if they may write, and in `namespace`.

    Raises:
        HubError: 401 to a stranger, 403 to a token or a user that may not.
    """
    who = asker(request)
    if who is None:
        raise HubError(401, "Invalid username or password.")
    if not who.writes:
        raise HubError(403, "Forbidden: you must use a write token to access this resource")
    if namespace is not None and namespace not in who.namespaces:
        raise HubError(403, f'You don\'t have the rights under the namespace "{namespace}"')
    return who


def kind_of(name: str | None) -> Kind:
    """A kind as requests name it: none is a model; in addresses it is in the plural."""
    kind = (name or "model").removesuffix("s")
    if kind not in KINDS:
        raise HubError(400, f"Invalid repo type: {name}")
    return kind


def addressed(request: Request) -> Repo:
    """The repository in the request's address, if whoever asks may see it."""
    who, namespace = asker(request), part(request, "namespace")
    found = site(request).storage.find(kind_of(part(request, "kind")), f"{namespace}/{part(request, 'name')}")
    if not found or (found.private and not (who and namespace in who.namespaces)):
        raise no_such_repo(known_asker=who is not None)
    return found


def writable(request: Request, *, proposed: bool = False) -> tuple[Repo, Account]:
    """The repository in the request's address, and who asks: an owner, or for a proposal whoever sees it."""
    repo = addressed(request)
    return repo, writer(request, None if proposed else part(request, "namespace"))


def commit_at(request: Request, repo: Repo, revision: str) -> Commit:
    """The commit that `revision` names."""
    try:
        return site(request).storage.at(repo, revision)
    except NoSuchRevisionError:
        raise no_such_revision(revision) from None
