"""What the endpoints share: where they are, whom they serve, which repository and commit is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, unquote

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse

from loopback_hub.accounts import Account, account
from loopback_hub.history import Commit
from loopback_hub.refusals import HubError, no_such_repo, no_such_revision
from loopback_hub.storage import KINDS, Kind, NoSuchRevisionError, Repo, Storage


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


class _Quoted(Convertor[str]):
    """A part of an address as it was sent, so that the slash within a branch's name divides nothing."""

    def __init__(self, regex: str) -> None:
        self.regex = regex  # type: ignore[misc]

    def convert(self, value: str) -> str:
        return unquote(value)

    def to_string(self, value: str) -> str:
        return quote(value)


register_url_convertor("kind", _Quoted("models|datasets|spaces"))
register_url_convertor("prefix", _Quoted("datasets|spaces"))
register_url_convertor("spaces", _Quoted("spaces"))
register_url_convertor("settings", _Quoted("variables|secrets"))
register_url_convertor("repo", _Quoted("[^/]+(?:/[^/]+)?"))
register_url_convertor("revision", _Quoted(r"refs/(?:pr/\d+|convert/[\w.-]+)|[^/]+"))
register_url_convertor("tail", _Quoted(".*"))


def site(request: Request) -> Site:
    """What the endpoints work with."""
    return cast(Site, request.app.state.site)


def asker(request: Request) -> Account | None:
    """Who asks; None is a stranger."""
    return account(request.headers.get("authorization"))


def writer(request: Request, namespace: str | None = None) -> Account:
    """Who asks, if they may write, and in `namespace`.

    Raises:
        HubError: 401 to a stranger, 403 to a token or a user that may not.
    """
    who = asker(request)
    if who is None:
        raise HubError(401, "Invalid username or password.")
    if who.role != "write":
        raise HubError(403, "Forbidden: you must use a write token to access this resource")
    if namespace is not None and not who.owns(namespace):
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
    who = asker(request)
    found = site(request).storage.find(kind_of(request.path_params.get("kind")), request.path_params["repo"])
    visible = found and (not found.private or (who is not None and who.owns(found.id.split("/")[0])))
    if not found or not visible:
        raise no_such_repo(known_asker=who is not None)
    return found


def writable(request: Request) -> tuple[Repo, Account]:
    """The repository in the request's address, and who asks, who may change it."""
    repo = addressed(request)
    return repo, writer(request, repo.id.split("/")[0])


def commit_at(request: Request, repo: Repo, revision: str) -> Commit:
    """The commit that `revision` names."""
    try:
        return site(request).storage.at(repo, revision)
    except NoSuchRevisionError:
        raise no_such_revision(revision) from None


def flag(request: Request, name: str) -> bool:
    """A yes or no in the query, in any of the ways that clients write them."""
    return request.query_params.get(name, "").lower() in ("1", "true")


def paged(request: Request, items: Sequence[Any], size: int, **headers: str) -> JSONResponse:
    """The page of a listing that is asked for, with the address of the next in `Link`, as GitHub does."""
    start = int(request.query_params.get("cursor", 0))
    end = start + min(size, int(request.query_params.get("limit", size)))
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if end < len(items):
        following = site(request).url + request.url.path + "?" + str(request.url.include_query_params(cursor=end).query)
        sent["Link"] = f'<{following}>; rel="next"'
    return JSONResponse(list(items[start:end]), headers=sent)
