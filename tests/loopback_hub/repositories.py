"""Repositories: whoami, create, delete, move, settings, and what is said about each and all of them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback_hub.calls import Site, addressed, asker, commit_at, flag, kind_of, paged, site, writable, writer
from loopback_hub.cards import card_data, objections
from loopback_hub.history import Commit, lfs_info, regular_file
from loopback_hub.lfs_rules import GITATTRIBUTES
from loopback_hub.refusals import HubError, no_such_repo
from loopback_hub.spaces import new_space, runtime
from loopback_hub.storage import MAIN, Repo, now


async def whoami(request: Request) -> Response:
    """GET /api/whoami-v2"""
    who = asker(request)
    if who is None:
        raise HubError(401, "Invalid username or password.")
    return JSONResponse(who.whoami())


async def validate_yaml(request: Request) -> Response:
    """POST /api/validate-yaml"""
    asked = await request.json()
    errors, warnings = objections(asked["content"], asked.get("repoType") or "model")
    answer = {"errors": [{"message": e} for e in errors], "warnings": [{"message": w} for w in warnings]}
    return JSONResponse(answer, 400 if errors else 200)


async def create(request: Request) -> Response:
    """POST /api/repos/create"""
    asked = await request.json()
    who = writer(request, asked.get("organization"))
    here, kind = site(request), kind_of(asked.get("type"))
    repo_id = f"{asked.get('organization') or who.name}/{asked['name']}"
    address = {"url": here.web(kind, repo_id), "name": repo_id, "id": repo_id}
    if here.storage.find(kind, repo_id):
        return JSONResponse({"error": f"You already created this {kind} repo", **address}, 409)
    private = asked.get("visibility") == "private" or bool(asked.get("private"))
    repo = Repo(kind, repo_id, private, now(), space=new_space(asked) if kind == "space" else {})
    here.storage.contents.put(GITATTRIBUTES)
    first = {".gitattributes": regular_file(GITATTRIBUTES)}
    here.storage.commit(repo, MAIN, None, first, title="initial commit", message="", author=who.name)
    return JSONResponse(address)


async def delete(request: Request) -> Response:
    """DELETE /api/repos/delete"""
    asked = await request.json()
    who = writer(request, asked.get("organization"))
    repo = _named(site(request), asked.get("type"), f"{asked.get('organization') or who.name}/{asked['name']}")
    site(request).storage.delete(repo)
    return JSONResponse({})


async def move(request: Request) -> Response:
    """POST /api/repos/move"""
    asked = await request.json()
    for repo_id in (asked["fromRepo"], asked["toRepo"]):
        writer(request, repo_id.split("/")[0])
    repo = _named(site(request), asked.get("type"), asked["fromRepo"])
    if site(request).storage.find(repo.kind, asked["toRepo"]):
        raise HubError(409, f"{asked['toRepo']} already exists")
    site(request).storage.move(repo, asked["toRepo"])
    return JSONResponse({})


async def settings(request: Request) -> Response:
    """PUT /api/KIND/REPO/settings"""
    asked = await request.json()
    repo, _ = writable(request)
    if "visibility" in asked or "private" in asked:
        repo.private = asked.get("visibility") == "private" or bool(asked.get("private"))
    site(request).storage.save(repo)
    return JSONResponse({"private": repo.private})


async def info(request: Request) -> Response:
    """GET /api/KIND/REPO[/revision/REVISION]"""
    repo = addressed(request)
    commit = commit_at(request, repo, request.path_params.get("revision", "main"))
    return JSONResponse(_told(site(request), repo, commit, with_sizes=flag(request, "blobs")))


async def auth_check(request: Request) -> Response:
    """GET /api/KIND/REPO/auth-check[/write]"""
    addressed(request)
    if request.url.path.endswith("/write"):
        writable(request)
    return JSONResponse({})


async def listing(request: Request) -> Response:
    """GET /api/KIND?author=...&search=...&filter=..."""
    here, who, asked = site(request), asker(request), request.query_params
    told = []
    for repo in here.storage.all(kind_of(request.path_params["kind"])):
        author = repo.id.split("/")[0]
        if repo.private and not (who and who.owns(author)):
            continue
        about = _told(here, repo, here.storage.at(repo, "main"), with_sizes=False)
        wanted = all(word in repo.id for word in asked.getlist("search"))
        wanted = wanted and all(tag in about["tags"] for tag in asked.getlist("filter"))
        if wanted and asked.get("author", author) == author:
            told.append(about)
    return paged(request, told, here.page)


def _named(here: Site, kind: str | None, repo_id: str) -> Repo:
    repo = here.storage.find(kind_of(kind), repo_id)
    if repo is None:
        raise no_such_repo(known_asker=True)
    return repo


def _told(here: Site, repo: Repo, commit: Commit, *, with_sizes: bool) -> dict[str, Any]:
    readme = commit.files.get("README.md")
    card = card_data(here.storage.path(readme).read_text("utf-8")) if readme else {}
    siblings = []
    for path, file in commit.files.items():
        sizes = {"size": file.size, "blobId": file.oid, **lfs_info(file, "sha256")} if with_sizes else {}
        siblings.append({"rfilename": path, **sizes})
    about: dict[str, Any] = {
        "_id": repo.id,
        "id": repo.id,
        "author": repo.id.split("/")[0],
        "sha": commit.oid,
        "private": repo.private,
        "gated": False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": list(card.get("tags") or []),
        "cardData": card,
        "createdAt": repo.created,
        "lastModified": commit.date,
        "siblings": siblings,
    }
    if repo.kind == "model":
        about |= {"modelId": repo.id, **{key: card.get(key) for key in ("library_name", "pipeline_tag")}}
    if repo.kind == "space":
        about |= {"sdk": card.get("sdk", repo.space["sdk"]), "runtime": runtime(repo, commit)}
        about |= {"subdomain": repo.id.replace("/", "-"), "host": here.url}
    return about


ROUTES = [
    Route("/api/whoami-v2", whoami),
    Route("/api/validate-yaml", validate_yaml, methods=["POST"]),
    Route("/api/repos/create", create, methods=["POST"]),
    Route("/api/repos/delete", delete, methods=["DELETE"]),
    Route("/api/repos/move", move, methods=["POST"]),
    Route("/api/{kind:kind}", listing),
    Route("/api/{kind:kind}/{repo:repo}/settings", settings, methods=["PUT"]),
    Route("/api/{kind:kind}/{repo:repo}/auth-check", auth_check),
    Route("/api/{kind:kind}/{repo:repo}/auth-check/write", auth_check),
    Route("/api/{kind:kind}/{repo:repo}/revision/{revision:revision}", info),
]
INFO = Route("/api/{kind:kind}/{repo:repo}", info)
"""Last of all: a repository's name may look like anything."""
