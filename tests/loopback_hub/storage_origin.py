"""The other origin, where large contents go in and come out: the Hub's bucket and its CDN.

Its addresses are signed in the real world, and as there a token is not welcome: a client that brings one here would
give it away elsewhere.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from loopback_hub.blobs import WrongContentError, write_atomically
from loopback_hub.calls import site
from loopback_hub.refusals import HubError
from loopback_hub.uploads import etag_of


async def put(request: Request) -> Response:
    """PUT /put/SHA256: a whole content."""
    _refuse_tokens(request)
    try:
        await site(request).storage.large.receive(request.path_params["sha256"], request.stream())
    except WrongContentError as wrong:
        raise HubError(400, f"BadDigest: {wrong}") from wrong
    return Response()


async def put_part(request: Request) -> Response:
    """PUT /parts/SHA256/NUMBER: a part of a content, kept until all are here."""
    _refuse_tokens(request)
    part = site(request).storage.uploads / request.path_params["sha256"] / str(request.path_params["number"])
    part.parent.mkdir(exist_ok=True)
    write_atomically(part, await request.body())
    return Response(headers={"ETag": etag_of(part)})


async def get(request: Request) -> Response:
    """GET /get/SHA256/PATH, also in ranges; the path tells whoever reads the log which file it was."""
    _refuse_tokens(request)
    sha256 = request.path_params["sha256"]
    if not site(request).storage.large.has(sha256):
        raise HubError(404, "NoSuchKey")
    path = site(request).storage.large.path(sha256)
    return FileResponse(path, headers={"ETag": f'"{sha256}"'}, media_type="application/octet-stream")


def _refuse_tokens(request: Request) -> None:
    if "authorization" in request.headers:
        raise HubError(400, "InvalidArgument: Only one auth mechanism allowed")


ROUTES = [
    Route("/put/{sha256}", put, methods=["PUT"]),
    Route("/parts/{sha256}/{number:int}", put_part, methods=["PUT"]),
    Route("/get/{sha256}/{path:tail}", get),
]
