"""Endpoints for large files: the git-lfs protocol, uploads in parts, and the second origin.

The second origin stands for the Hub's bucket and CDN. Real addresses there are signed, and a token is refused: a client
that sends one would disclose it to a third party.
"""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from loopback_hub.calls import HubError, Site, part, site, writable, writer
from loopback_hub.storage import WrongContentError, write_atomically

EXTENSIONS = (
    "7z arrow avi bin bz2 ckpt flac gif gz h5 jpeg jpg m4a mkv mov mp3 mp4 msgpack npy npz ogg onnx parquet pdf pickle"
    " pkl png pt pth safetensors tar tflite wav webm webp xz zip zst"
)
GITATTRIBUTES = "".join(f"*.{e} filter=lfs diff=lfs merge=lfs -text\n" for e in EXTENSIONS.split()).encode()
"""The .gitattributes of a new repository, much as on the Hub."""
LARGEST_REGULAR = 10_000_000


def is_large(path: str, size: int, sample: bytes) -> bool:
    """Return True if a file belongs in large file storage; `sample` is its beginning.

    >>> is_large("a/b.mp4", 10, b""), is_large("a.txt", 10, b"x"), is_large("a.txt", 10, b"\\0")
    (True, False, True)
    """
    return path.rsplit(".", 1)[-1] in EXTENSIONS.split() or size > LARGEST_REGULAR or b"\0" in sample


async def batch(request: Request) -> Response:
    """POST [/KINDs]/REPO.git/info/lfs/objects/batch: return the upload address of each missing object."""
    asked = await request.json()
    writable(request, proposed="ref" not in asked)
    objects = [{"oid": o["oid"], "size": o["size"], **_actions(site(request), o)} for o in asked["objects"]]
    in_parts = any("header" in told.get("actions", {}).get("upload", {}) for told in objects)
    return JSONResponse({"transfer": "multipart" if in_parts else "basic", "objects": objects})


def _actions(here: Site, wanted: dict[str, Any]) -> dict[str, Any]:
    sha256, size = wanted["oid"], wanted["size"]
    if here.storage.large.path(sha256).is_file():
        return {}
    upload: dict[str, Any] = {"href": f"{here.storage_url}/put/{sha256}"}
    if size > here.multipart_above:
        count = -(-size // here.part_bytes)
        parts = {f"{n:05d}": f"{here.storage_url}/parts/{sha256}/{n}" for n in range(1, count + 1)}
        upload = {"href": f"{here.url}/api/complete_multipart/{sha256}"}
        upload["header"] = {"chunk_size": str(here.part_bytes), **parts}
    return {"actions": {"upload": upload, "verify": {"href": f"{here.url}/api/lfs/verify"}}}


async def complete(request: Request) -> Response:
    """POST /api/complete_multipart/SHA256: join the parts. On the Hub the address is signed and needs no token."""
    storage, sha256 = site(request).storage, part(request, "sha256")
    asked = (await request.json())["parts"]
    if not storage.large.path(sha256).is_file():  # present if the client retries after a lost response
        parts = [storage.uploads / sha256 / str(sent["partNumber"]) for sent in asked]
        if any(not p.is_file() or _etag(p) != sent["etag"] for p, sent in zip(parts, asked, strict=True)):
            raise HubError(400, "InvalidPart: one or more of the specified parts could not be found")
        await _receive(request, _contents(parts))
        for p in parts:
            p.unlink()
    return JSONResponse({"success": True})


async def verify(request: Request) -> Response:
    """POST /api/lfs/verify: confirm that an object arrived whole."""
    writer(request, None)
    asked = await request.json()
    if site(request).storage.large.sizes().get(asked["oid"]) != asked["size"]:
        raise HubError(404, f"LFS object {asked['oid']} was not uploaded, or has another size")
    return JSONResponse({})


async def put(request: Request) -> Response:
    """PUT /put/SHA256: receive a whole object."""
    _refuse_tokens(request)
    await _receive(request, request.stream())
    return Response()


async def put_part(request: Request) -> Response:
    """PUT /parts/SHA256/NUMBER: receive a part of an object and keep it until all have arrived."""
    _refuse_tokens(request)
    kept = site(request).storage.uploads / part(request, "sha256") / part(request, "number")
    write_atomically(kept, await request.body())
    return Response(headers={"ETag": _etag(kept)})


async def get(request: Request) -> Response:
    """GET /get/SHA256/PATH: send an object, in ranges if asked; the path is there for readers of the log."""
    _refuse_tokens(request)
    sha256 = part(request, "sha256")
    path = site(request).storage.large.path(sha256)
    return FileResponse(path, headers={"ETag": f'"{sha256}"'}, media_type="application/octet-stream")


async def _receive(request: Request, chunks: AsyncIterator[bytes]) -> None:
    try:
        await site(request).storage.large.receive(part(request, "sha256"), chunks)
    except WrongContentError as wrong:
        raise HubError(400, f"BadDigest: {wrong}") from wrong


async def _contents(parts: list[Path]) -> AsyncIterator[bytes]:
    for path in parts:
        yield path.read_bytes()


def _etag(path: Path) -> str:
    return f'"{hashlib.md5(path.read_bytes()).hexdigest()}"'


def _refuse_tokens(request: Request) -> None:
    if "authorization" in request.headers:
        raise HubError(400, "InvalidArgument: Only one auth mechanism allowed")


_BATCH = "/{namespace}/{name}.git/info/lfs/objects/batch"
ROUTES = [
    Route("/{kind}" + _BATCH, batch, methods=["POST"]),
    Route(_BATCH, batch, methods=["POST"]),
    Route("/api/complete_multipart/{sha256}", complete, methods=["POST"]),
    Route("/api/lfs/verify", verify, methods=["POST"]),
]
STORAGE_ROUTES = [
    Route("/put/{sha256}", put, methods=["PUT"]),
    Route("/parts/{sha256}/{number}", put_part, methods=["PUT"]),
    Route("/get/{sha256}/{path:path}", get),
]
