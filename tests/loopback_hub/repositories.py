"""Endpoints for repositories: creation, information, branches and tags."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback_hub.calls import HubError, addressed, commit_at, flag, kind_of, part, site, writable, writer
from loopback_hub.files import lfs_info
from loopback_hub.large_files import GITATTRIBUTES
from loopback_hub.metadata import card_data, objections_to_card
from loopback_hub.storage import MAIN, Repo


async def validate_yaml(request: Request) -> Response:
    """POST /api/validate-yaml: validate a card before its upload."""
    asked = await request.json()
    errors = objections_to_card(asked["content"], asked.get("repoType") or "model")
    return JSONResponse({"errors": [{"message": error} for error in errors]}, 400 if errors else 200)


async def create(request: Request) -> Response:
    """POST /api/repos/create"""
    asked = await request.json()
    who = writer(request, asked.get("organization"))
    storage, kind = site(request).storage, kind_of(asked.get("type"))
    repo_id = f"{asked.get('organization') or who.name}/{asked['name']}"
    address = {"url": site(request).web(kind, repo_id), "name": repo_id, "id": repo_id}
    if storage.find(kind, repo_id):
        return JSONResponse({"error": f"You already created this {kind} repo", **address}, 409)
    if kind == "space" and not asked.get("sdk"):
        raise HubError(400, '"sdk" is required')
    private = asked.get("visibility") == "private" or bool(asked.get("private"))
    first = {".gitattributes": storage.keep(GITATTRIBUTES)}
    storage.commit(
        Repo(kind, repo_id, private, asked.get("sdk")), MAIN, None, first, title="initial commit", author=who.name
    )
    return JSONResponse(address)


async def info(request: Request) -> Response:
    """GET /api/KIND/REPO[/revision/REVISION]?blobs="""
    repo = addressed(request)
    commit = commit_at(request, repo, part(request, "revision", "main"))
    readme = commit.files.get("README.md")
    card = card_data(site(request).storage.path(readme).read_text("utf-8")) if readme else {}
    siblings: list[dict[str, Any]] = [{"rfilename": path} for path in commit.files]
    if flag(request, "blobs"):
        for sibling, file in zip(siblings, commit.files.values(), strict=True):
            sibling |= {"size": file.size, "blobId": file.oid, **lfs_info(file, "sha256")}
    about = {
        "id": repo.id,
        "author": part(request, "namespace"),
        "sha": commit.oid,
        "lastModified": commit.date,
        "private": repo.private,
        "gated": False,
        "tags": list(card.get("tags") or []),
        "cardData": card,
        "siblings": siblings,
    }
    if repo.kind == "model":
        about |= {"modelId": repo.id, **{key: card.get(key) for key in ("library_name", "pipeline_tag")}}
    if repo.kind == "space":
        about |= {"sdk": card.get("sdk", repo.sdk), "runtime": {"stage": "BUILDING", "hardware": None}}
    return JSONResponse(about)


async def refs(request: Request) -> Response:
    """GET /api/KIND/REPO/refs?include_prs="""
    repo = addressed(request)

    def below(prefix: str) -> list[dict[str, str]]:
        named = sorted((ref, oid) for ref, oid in repo.refs.items() if ref.startswith(prefix))
        return [{"name": ref.removeprefix(prefix), "ref": ref, "targetCommit": oid} for ref, oid in named]

    told = {"branches": below("refs/heads/"), "tags": below("refs/tags/"), "converts": []}
    return JSONResponse(told | ({"pullRequests": below("refs/pr/")} if flag(request, "include_prs") else {}))


async def create_branch(request: Request) -> Response:
    """POST /api/KIND/REPO/branch/NAME"""
    start = (await request.json()).get("startingPoint", "main")
    return _name(request, f"refs/heads/{part(request, 'revision')}", start)


async def create_tag(request: Request) -> Response:
    """POST /api/KIND/REPO/tag/REVISION"""
    tag = (await request.json())["tag"]
    return _name(request, f"refs/tags/{tag}", part(request, "revision"))


def _name(request: Request, ref: str, revision: str) -> Response:
    repo, _ = writable(request)
    commit = commit_at(request, repo, revision)
    if ref in repo.refs:
        raise HubError(409, f"Reference already exists: {ref}")
    repo.refs[ref] = commit.oid
    site(request).storage.save(repo)
    return JSONResponse({})


_REPO = "/api/{kind}/{namespace}/{name}"
ROUTES = [
    Route("/api/validate-yaml", validate_yaml, methods=["POST"]),
    Route("/api/repos/create", create, methods=["POST"]),
    Route(_REPO, info),
    Route(_REPO + "/revision/{revision}", info),
    Route(_REPO + "/refs", refs),
    Route(_REPO + "/branch/{revision}", create_branch, methods=["POST"]),
    Route(_REPO + "/tag/{revision}", create_tag, methods=["POST"]),
]
