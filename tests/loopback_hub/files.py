"""Files on their way out: git's own from here, large ones from the other origin."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from loopback_hub.calls import addressed, commit_at, site
from loopback_hub.refusals import no_such_entry


async def resolve(request: Request) -> Response:
    """GET or HEAD [/KINDs]/REPO/resolve/REVISION/PATH, also in ranges."""
    repo, path = addressed(request), request.path_params["path"]
    commit = commit_at(request, repo, request.path_params["revision"])
    file = commit.files.get(path)
    if file is None:
        raise no_such_entry(path, commit.oid)
    headers = {"X-Repo-Commit": commit.oid, "Accept-Ranges": "bytes"}
    if not file.lfs:
        headers["ETag"] = f'"{file.oid}"'
        return FileResponse(site(request).storage.path(file), headers=headers, media_type="text/plain")
    headers |= {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size)}
    location = f"{site(request).storage_url}/get/{file.sha256}/{quote(path)}"
    return Response(status_code=302, headers={**headers, "Location": location})


ROUTES = [
    Route("/{kind:prefix}/{repo:repo}/resolve/{revision:revision}/{path:tail}", resolve),
    Route("/{repo:repo}/resolve/{revision:revision}/{path:tail}", resolve),
]
