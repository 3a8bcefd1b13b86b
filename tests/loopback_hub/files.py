"""Endpoints for reading a repository at a revision: listings and files, large ones through the second origin."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from loopback_hub.calls import addressed, commit_at, flag, no_such_entry, part, site
from loopback_hub.storage import File, lfs_pointer


async def resolve(request: Request) -> Response:
    """GET or HEAD [/KINDs]/REPO/resolve/REVISION/PATH: send a file, in ranges if asked."""
    repo, path = addressed(request), part(request, "path")
    commit = commit_at(request, repo, part(request, "revision"))
    file = commit.files.get(path)
    if file is None:
        raise no_such_entry(path, commit)
    headers = {"X-Repo-Commit": commit.oid, "Accept-Ranges": "bytes"}
    if not file.lfs:
        headers["ETag"] = f'"{file.oid}"'
        return FileResponse(site(request).storage.path(file), headers=headers, media_type="text/plain")
    headers |= {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size)}
    location = f"{site(request).storage_url}/get/{file.sha256}/{quote(path)}"
    return Response(status_code=302, headers={**headers, "Location": location})


async def tree(request: Request) -> Response:
    """GET /api/KIND/REPO/tree/REVISION[/FOLDER]?recursive=: send a page, with the address of the next in `Link`."""
    repo, folder = addressed(request), part(request, "path")
    commit = commit_at(request, repo, part(request, "revision"))
    found = list(_nodes(commit.files, folder, recursive=flag(request, "recursive")))
    if folder and not found:
        raise no_such_entry(folder, commit)
    start = int(request.query_params.get("cursor", 0))
    end = start + site(request).page
    headers = {"X-Repo-Commit": commit.oid}
    if end < len(found):
        following = f"{site(request).url}{request.url.path}?{request.url.include_query_params(cursor=end).query}"
        headers["Link"] = f'<{following}>; rel="next"'
    return JSONResponse(found[start:end], headers=headers)


async def paths_info(request: Request) -> Response:
    """POST /api/KIND/REPO/paths-info/REVISION: describe paths; missing ones are left out."""
    repo = addressed(request)
    commit = commit_at(request, repo, part(request, "revision"))
    wanted = {path.strip("/") for path in parse_qs((await request.body()).decode()).get("paths", [])}
    return JSONResponse([node for node in _nodes(commit.files, recursive=True) if node["path"] in wanted])


def lfs_info(file: File, sha256_key: str) -> dict[str, Any]:
    """Return the fields of a large file; listings and infos name its SHA-256 differently."""
    if not file.lfs:
        return {}
    pointer_size = len(lfs_pointer(file.sha256, file.size))
    return {"lfs": {sha256_key: file.sha256, "size": file.size, "pointerSize": pointer_size}}


def _nodes(files: Mapping[str, File], folder: str = "", *, recursive: bool) -> Iterator[dict[str, Any]]:
    """List a folder as the Hub does: files, and before them the folders that their paths imply."""
    prefix, shown = f"{folder}/" if folder else "", set()
    for path, file in files.items():
        if not path.startswith(prefix):
            continue
        steps = path[len(prefix) :].split("/")[:-1]
        for depth in range(1, len(steps) + 1 if recursive else min(2, len(steps) + 1)):
            inner = prefix + "/".join(steps[:depth])
            if inner not in shown:
                shown.add(inner)
                yield {"type": "directory", "oid": _tree_oid(files, inner), "size": 0, "path": inner}
        if recursive or not steps:
            yield {"type": "file", "oid": file.oid, "size": file.size, "path": path, **lfs_info(file, "oid")}


def _tree_oid(files: Mapping[str, File], folder: str) -> str:
    """Return an object id that changes with the content of a folder, as that of a git tree does."""
    below = [(path, file.oid) for path, file in files.items() if path.startswith(f"{folder}/")]
    return hashlib.sha1(json.dumps(below).encode()).hexdigest()


_REPO, _AT = "/api/{kind}/{namespace}/{name}", "/{namespace}/{name}/resolve/{revision}/{path:path}"
ROUTES = [
    Route("/{kind}" + _AT, resolve),
    Route(_AT, resolve),
    Route(_REPO + "/tree/{revision}", tree),
    Route(_REPO + "/tree/{revision}/{path:path}", tree),
    Route(_REPO + "/paths-info/{revision}", paths_info, methods=["POST"]),
]
