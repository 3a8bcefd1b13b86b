"""What is in a repository at a revision, how it came there, and the names that revisions have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback_hub.calls import addressed, commit_at, flag, paged, site, writable
from loopback_hub.history import Commit, nodes
from loopback_hub.refusals import HubError, no_such_entry, no_such_revision
from loopback_hub.storage import Repo

EXPANDED_PAGE = 50
"""The Hub shows so many entries at once when each comes with its last commit."""


async def tree(request: Request) -> Response:
    """GET /api/KIND/REPO/tree/REVISION[/FOLDER]?recursive=&expand="""
    repo, folder = addressed(request), request.path_params.get("path", "")
    commit = commit_at(request, repo, request.path_params["revision"])
    found = list(nodes(commit.files, folder, recursive=flag(request, "recursive")))
    if folder and not found:
        raise no_such_entry(folder, commit.oid)
    size = site(request).page
    if flag(request, "expand"):
        size = min(size, EXPANDED_PAGE)
        found = _with_last_commits(request, repo, commit, found)
    return paged(request, found, size, X_Repo_Commit=commit.oid)


async def paths_info(request: Request) -> Response:
    """POST /api/KIND/REPO/paths-info/REVISION; paths that do not exist are left out."""
    repo = addressed(request)
    commit = commit_at(request, repo, request.path_params["revision"])
    asked = parse_qs((await request.body()).decode())
    wanted = {path.strip("/") for path in asked.get("paths", [])}
    found = [node for node in nodes(commit.files, recursive=True) if node["path"] in wanted]
    if asked.get("expand", [""])[0].lower() in ("1", "true"):
        found = _with_last_commits(request, repo, commit, found)
    return JSONResponse(found)


async def commits(request: Request) -> Response:
    """GET /api/KIND/REPO/commits/REVISION"""
    repo = addressed(request)
    log = list(site(request).storage.log(repo, commit_at(request, repo, request.path_params["revision"])))
    told = [
        {"id": c.oid, "title": c.title, "message": c.message, "date": c.date, "authors": [{"user": c.author}]}
        for c in log
    ]
    return paged(request, told, site(request).page, X_Total_Count=str(len(told)))


async def refs(request: Request) -> Response:
    """GET /api/KIND/REPO/refs?include_prs="""
    repo = addressed(request)

    def below(prefix: str) -> list[dict[str, str]]:
        named = sorted((ref, oid) for ref, oid in repo.refs.items() if ref.startswith(prefix))
        return [{"name": ref.removeprefix(prefix), "ref": ref, "targetCommit": oid} for ref, oid in named]

    told = {"branches": below("refs/heads/"), "tags": below("refs/tags/"), "converts": below("refs/convert/")}
    return JSONResponse(told | ({"pullRequests": below("refs/pr/")} if flag(request, "include_prs") else {}))


async def create_branch(request: Request) -> Response:
    """POST /api/KIND/REPO/branch/NAME"""
    start = (await request.json()).get("startingPoint", "main")
    repo, _ = writable(request)
    return _name(request, repo, f"refs/heads/{request.path_params['revision']}", commit_at(request, repo, start))


async def create_tag(request: Request) -> Response:
    """POST /api/KIND/REPO/tag/REVISION"""
    tag = (await request.json())["tag"]
    repo, _ = writable(request)
    return _name(request, repo, f"refs/tags/{tag}", commit_at(request, repo, request.path_params["revision"]))


async def delete_branch(request: Request) -> Response:
    """DELETE /api/KIND/REPO/branch/NAME"""
    return _unname(request, "refs/heads/")


async def delete_tag(request: Request) -> Response:
    """DELETE /api/KIND/REPO/tag/NAME"""
    return _unname(request, "refs/tags/")


def _name(request: Request, repo: Repo, ref: str, commit: Commit) -> Response:
    if ref in repo.refs:
        raise HubError(409, f"Reference already exists: {ref}")
    repo.refs[ref] = commit.oid
    site(request).storage.save(repo)
    return JSONResponse({})


def _unname(request: Request, prefix: str) -> Response:
    repo, _ = writable(request)
    name = request.path_params["revision"]
    if prefix + name == "refs/heads/main":
        raise HubError(403, "The main branch cannot be deleted")
    if repo.refs.pop(prefix + name, None) is None:
        raise no_such_revision(name)
    site(request).storage.save(repo)
    return JSONResponse({})


def _with_last_commits(
    request: Request, repo: Repo, commit: Commit, found: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Each entry with the commit that made it what it is."""
    log = list(site(request).storage.log(repo, commit))
    held = [{node["path"]: node["oid"] for node in nodes(c.files, recursive=True)} for c in log]
    told = []
    for node in found:
        same = next((n for n, oids in enumerate(held) if oids.get(node["path"]) != node["oid"]), len(log)) - 1
        last = {"id": log[same].oid, "title": log[same].title, "date": log[same].date}
        told.append({**node, "lastCommit": last})
    return told


_REPO = "/api/{kind:kind}/{repo:repo}"
ROUTES = [
    Route(_REPO + "/tree/{revision:revision}", tree),
    Route(_REPO + "/tree/{revision:revision}/{path:tail}", tree),
    Route(_REPO + "/paths-info/{revision:revision}", paths_info, methods=["POST"]),
    Route(_REPO + "/commits/{revision:revision}", commits),
    Route(_REPO + "/refs", refs),
    Route(_REPO + "/branch/{revision:revision}", create_branch, methods=["POST"]),
    Route(_REPO + "/branch/{revision:revision}", delete_branch, methods=["DELETE"]),
    Route(_REPO + "/tag/{revision:revision}", create_tag, methods=["POST"]),
    Route(_REPO + "/tag/{revision:revision}", delete_tag, methods=["DELETE"]),
]
