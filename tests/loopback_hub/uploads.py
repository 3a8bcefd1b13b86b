"""Large files on their way in: where each is to be put, and whether it arrived (git-lfs's protocol, HF's parts)."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback_hub.blobs import WrongContentError
from loopback_hub.calls import Site, addressed, site, writable, writer
from loopback_hub.refusals import HubError


async def batch(request: Request) -> Response:
    """POST /REPO.git/info/lfs/objects/batch: for each content where to put it, or nothing if it is here."""
    asked = await request.json()
    if "ref" in asked:
        writable(request)
    else:  # a pull request's content, which anyone may send
        addressed(request)
        writer(request)
    here = site(request)
    objects = [
        {
            "oid": wanted["oid"],
            "size": wanted["size"],
            "authenticated": True,
            **_actions(here, wanted, asked["transfers"]),
        }
        for wanted in asked["objects"]
    ]
    transfer = "multipart" if any("chunk_size" in _header(o) for o in objects) else "basic"
    return JSONResponse({"transfer": transfer, "objects": objects}, media_type="application/vnd.git-lfs+json")


async def complete(request: Request) -> Response:
    """POST /api/complete_multipart/SHA256: join the parts. Signed on the Hub, so it comes without a token."""
    here, sha256 = site(request), request.path_params["sha256"]
    asked = await request.json()
    if here.storage.large.has(sha256):  # asked again, because the first answer was lost
        return JSONResponse({"success": True})
    folder = here.storage.uploads / sha256
    parts = [folder / str(part["partNumber"]) for part in asked["parts"]]
    if any(not p.is_file() or etag_of(p) != part["etag"] for p, part in zip(parts, asked["parts"], strict=True)):
        raise HubError(400, "InvalidPart: one or more of the specified parts could not be found")
    try:
        await here.storage.large.receive(sha256, _contents(parts))
    except WrongContentError as wrong:
        raise HubError(400, str(wrong)) from wrong
    for part in folder.iterdir():
        part.unlink()
    return JSONResponse({"success": True})


async def verify(request: Request) -> Response:
    """POST /api/lfs/verify: whether a content arrived whole."""
    writer(request)
    asked, large = await request.json(), site(request).storage.large
    if not large.has(asked["oid"]) or large.path(asked["oid"]).stat().st_size != asked["size"]:
        raise HubError(404, f"LFS object {asked['oid']} was not uploaded, or has another size")
    return JSONResponse({})


def etag_of(part: Path) -> str:
    """As the storage tells it and wants it back."""
    return f'"{hashlib.md5(part.read_bytes()).hexdigest()}"'


def _actions(here: Site, wanted: dict[str, Any], transfers: list[str]) -> dict[str, Any]:
    sha256, size = wanted["oid"], wanted["size"]
    if here.storage.large.has(sha256):
        return {}
    upload: dict[str, Any] = {"href": f"{here.storage_url}/put/{sha256}"}
    if size > here.multipart_above and "multipart" in transfers:
        count = -(-size // here.part_bytes)
        parts = {f"{n:05d}": f"{here.storage_url}/parts/{sha256}/{n}" for n in range(1, count + 1)}
        upload = {"href": f"{here.url}/api/complete_multipart/{sha256}"}
        upload["header"] = {"chunk_size": str(here.part_bytes), **parts}
    return {"actions": {"upload": upload, "verify": {"href": f"{here.url}/api/lfs/verify"}}}


def _header(told: dict[str, Any]) -> dict[str, str]:
    header: dict[str, str] = told.get("actions", {}).get("upload", {}).get("header", {})
    return header


async def _contents(parts: list[Path]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part.read_bytes()


ROUTES = [
    Route("/{kind:prefix}/{repo:repo}.git/info/lfs/objects/batch", batch, methods=["POST"]),
    Route("/{repo:repo}.git/info/lfs/objects/batch", batch, methods=["POST"]),
    Route("/api/complete_multipart/{sha256}", complete, methods=["POST"]),
    Route("/api/lfs/verify", verify, methods=["POST"]),
]
