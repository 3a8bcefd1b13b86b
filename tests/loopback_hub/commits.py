"""Commits by HTTP: which files go where, and then all changes at once or none."""

from __future__ import annotations

import base64
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback_hub.calls import addressed, commit_at, flag, site, writable, writer
from loopback_hub.discussions import open_pull_request
from loopback_hub.history import Commit, File, lfs_file, regular_file
from loopback_hub.lfs_rules import is_large
from loopback_hub.refusals import HubError, no_such_revision
from loopback_hub.storage import Repo, Storage


async def preupload(request: Request) -> Response:
    """POST /api/KIND/REPO/preupload/REVISION: how each file is to be sent, and what is there already under its name."""
    asked = (await request.json())["files"]
    repo = _changeable(request)
    storage, commit = site(request).storage, commit_at(request, repo, request.path_params["revision"])
    rules = commit.files.get(".gitattributes")
    gitattributes = storage.path(rules).read_text("utf-8") if rules else ""
    told = []
    for file in asked:
        large = is_large(file["path"], file["size"], base64.b64decode(file["sample"]), gitattributes)
        there = commit.files.get(file["path"])
        oid = (there.sha256 if there.lfs else there.oid) if there else None
        mode = "lfs" if large else "regular"
        told.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return JSONResponse({"files": told, "commitOid": commit.oid})


async def commit(request: Request) -> Response:
    """POST /api/KIND/REPO/commit/BRANCH[?create_pr=1]: a header, then a change per line."""
    lines = [json.loads(line) for line in (await request.body()).splitlines()]
    repo = _changeable(request)
    storage, revision, who = site(request).storage, request.path_params["revision"], writer(request)
    ref = revision if revision.startswith("refs/") else f"refs/heads/{revision}"
    if ref not in repo.refs:
        raise no_such_revision(revision)
    parent = storage.at(repo, ref)
    header: dict[str, str] = next((line["value"] for line in lines if line["key"] == "header"), {})
    if not parent.oid.startswith(header.get("parentCommit") or ""):
        raise HubError(412, "A commit has happened since. Please refresh and try again.")
    files = dict(parent.files)
    for line in lines:
        _apply(storage, files, line["key"], line["value"], parent)
    about = {"title": header.get("summary", ""), "message": header.get("description", ""), "author": who.name}
    pull_request = (
        open_pull_request(repo, about["title"], about["message"], who, parent) if _is_proposal(request) else None
    )
    made = storage.commit(repo, f"refs/pr/{pull_request}" if pull_request else ref, parent, files, **about)
    page = site(request).web(repo.kind, repo.id)
    told = {"success": True, "commitOid": made.oid, "commitUrl": f"{page}/commit/{made.oid}", "hookOutput": ""}
    return JSONResponse(told | ({"pullRequestUrl": f"{page}/discussions/{pull_request}"} if pull_request else {}))


def _is_proposal(request: Request) -> bool:
    return flag(request, "create_pr")


def _changeable(request: Request) -> Repo:
    """Anyone may propose a change to what they see; only owners make one."""
    if _is_proposal(request):
        writer(request)
        return addressed(request)
    return writable(request)[0]


def _apply(storage: Storage, files: dict[str, File], change: str, value: dict[str, Any], parent: Commit) -> None:
    if change == "header":
        return
    path = value["path"]
    if change == "file":
        content = value["content"].encode()
        content = base64.b64decode(content) if value.get("encoding") == "base64" else content
        storage.contents.put(content)
        files[path] = regular_file(content)
    elif change == "lfsFile":
        if not storage.large.has(value["oid"]):
            raise HubError(400, f"LFS pointer pointed to a file that does not exist: {path}")
        files[path] = lfs_file(value["oid"], storage.large.path(value["oid"]).stat().st_size)
    elif change in ("deletedFile", "deletedFolder"):
        inside = f"{path.rstrip('/')}/" if change == "deletedFolder" else None
        doomed = [p for p in files if (p.startswith(inside) if inside else p == path)]
        if not doomed:
            message = f"A file with this name doesn't exist: {path}"  # clients look for these words
            raise HubError(404, message, "EntryNotFound", X_Repo_Commit=parent.oid)
        for p in doomed:
            del files[p]
    else:
        raise HubError(400, f"Unknown change: {change}")


ROUTES = [
    Route("/api/{kind:kind}/{repo:repo}/preupload/{revision:revision}", preupload, methods=["POST"]),
    Route("/api/{kind:kind}/{repo:repo}/commit/{revision:revision}", commit, methods=["POST"]),
]
