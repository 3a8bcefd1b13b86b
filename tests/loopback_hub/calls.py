"""Common code of the endpoints: errors, authentication, and the repository and commit of a request."""

from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from loopback_hub.accounts import ACCOUNTS, Account
from loopback_hub.storage import KINDS, Commit, Kind, NoSuchRevisionError, Repo, Storage


class HubError(Exception):
    """An error response: a status, a message, and a code that clients map to a class."""

    def __init__(self, status: int, message: str, code: str | None = None, *, commit: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.commit = status, message, code, commit


def no_such_repo(*, known_asker: bool) -> HubError:
    """Make the error for a missing repository; without a token it is 401, as for a private one."""
    return HubError(404 if known_asker else 401, "Repository not found", "RepoNotFound")


def no_such_revision(revision: str) -> HubError:
    """Make the error for a revision that is no branch, tag or commit."""
    return HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def no_such_entry(path: str, commit: Commit) -> HubError:
    """Make the error for a missing file. It names the commit, since clients cache that a commit lacks a file."""
    return HubError(404, f"{path} does not exist on {commit.oid}", "EntryNotFound", commit=commit.oid)


def answer_refusal(request: Request, refusal: Exception) -> Response:
    """Convert an error to an HTTP response."""
    assert isinstance(refusal, HubError)
    in_a_header = " ".join(refusal.message.split()).encode("ascii", "replace").decode()
    told = {"X-Error-Message": in_a_header, "X-Error-Code": refusal.code, "X-Repo-Commit": refusal.commit}
    return JSONResponse({"error": refusal.message}, refusal.status, {name: v for name, v in told.items() if v})


@dataclass(frozen=True)
class Site:
    """State that the endpoints share."""

    storage: Storage
    url: str
    storage_url: str
    """The second origin, in place of the Hub's CDN and upload bucket; clients must not send tokens there."""
    multipart_above: int
    part_bytes: int
    page: int
    """Entries per page of a listing."""

    def web(self, kind: Kind, repo_id: str) -> str:
        """Return the address of a repository's page."""
        return f"{self.url}/{'' if kind == 'model' else f'{kind}s/'}{repo_id}"


def site(request: Request) -> Site:
    """Return the shared state."""
    return cast(Site, request.app.state.site)


def part(request: Request, name: str, default: str = "") -> str:
    """Return a part of the path. Paths are matched undecoded: an encoded slash in a branch name is no separator."""
    return unquote(request.path_params.get(name, default))


def flag(request: Request, name: str) -> bool:
    """Read a boolean query parameter in any spelling that clients use."""
    return request.query_params.get(name, "").lower() in ("1", "true")


def asker(request: Request) -> Account | None:
    """Return the account of a request; None without a token.

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
    """Return the account of a request that may write to `namespace`.

    Raises:
        HubError: 401 without a token, 403 for a token or user without the right.
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
    """Parse the kind of a repository: plural in paths, a model if missing."""
    kind = (name or "model").removesuffix("s")
    if kind not in KINDS:
        raise HubError(400, f"Invalid repo type: {name}")
    return kind


def addressed(request: Request) -> Repo:
    """Return the repository in the path, if the account may see it."""
    who, namespace = asker(request), part(request, "namespace")
    found = site(request).storage.find(kind_of(part(request, "kind")), f"{namespace}/{part(request, 'name')}")
    if not found or (found.private and not (who and namespace in who.namespaces)):
        raise no_such_repo(known_asker=who is not None)
    return found


def writable(request: Request, *, proposed: bool = False) -> tuple[Repo, Account]:
    """Return the repository in the path and the account; a proposal needs no right to write."""
    repo = addressed(request)
    return repo, writer(request, None if proposed else part(request, "namespace"))


def commit_at(request: Request, repo: Repo, revision: str) -> Commit:
    """Return the commit of a revision."""
    try:
        return site(request).storage.at(repo, revision)
    except NoSuchRevisionError:
        raise no_such_revision(revision) from None
