"""Endpoints for commits: the upload mode of each file, then all changes at once, committed or proposed."""

import base64
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback_hub.calls import HubError, commit_at, flag, no_such_revision, part, site, writable
from loopback_hub.large_files import is_large
from loopback_hub.metadata import objections_to_benchmark
from loopback_hub.storage import Commit, File, Storage


async def preupload(request: Request) -> Response:
    """POST /api/KIND/REPO/preupload/REVISION: return the upload mode and the present object id of each file."""
    asked = (await request.json())["files"]
    repo, _ = writable(request, proposed=flag(request, "create_pr"))
    commit = commit_at(request, repo, part(request, "revision"))
    told = []
    for file in asked:
        mode = "lfs" if is_large(file["path"], file["size"], base64.b64decode(file["sample"])) else "regular"
        there = commit.files.get(file["path"])
        oid = (there.sha256 if there.lfs else there.oid) if there else None
        told.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return JSONResponse({"files": told, "commitOid": commit.oid})


async def commit(request: Request) -> Response:
    """POST /api/KIND/REPO/commit/BRANCH[?create_pr=1]: apply a header line and a change per line."""
    header, *changes = [json.loads(line) for line in (await request.body()).splitlines()]
    proposed, revision = flag(request, "create_pr"), part(request, "revision")
    repo, who = writable(request, proposed=proposed)
    ref = revision if revision.startswith("refs/") else f"refs/heads/{revision}"
    if ref not in repo.refs:
        raise no_such_revision(revision)
    storage = site(request).storage
    parent = storage.at(repo, ref)
    if not parent.oid.startswith(header["value"].get("parentCommit") or ""):
        raise HubError(412, "A commit has happened since. Please refresh and try again.")
    files = dict(parent.files)
    for change in changes:
        _apply(storage, files, change["key"], change["value"], parent)
    if repo.kind == "dataset":
        _require_benchmark(storage, files.get("eval.yaml"))
    title = header["value"]["summary"]
    page = site(request).web(repo.kind, repo.id)
    told = {"success": True, "hookOutput": ""}
    if proposed:
        number = len(repo.discussions) + 1
        repo.discussions.append({"num": number, "title": title, "author": who.name})
        ref, told["pullRequestUrl"] = f"refs/pr/{number}", f"{page}/discussions/{number}"
    made = storage.commit(repo, ref, parent, files, title=title, author=who.name)
    return JSONResponse({**told, "commitOid": made.oid, "commitUrl": f"{page}/commit/{made.oid}"})


def _apply(storage: Storage, files: dict[str, File], change: str, value: dict[str, Any], parent: Commit) -> None:
    path = value["path"]
    if change == "file":
        files[path] = storage.keep(base64.b64decode(value["content"]))
    elif change == "lfsFile":
        size = storage.large.sizes().get(value["oid"])
        if size is None:
            raise HubError(400, f"LFS pointer pointed to a file that does not exist: {path}")
        files[path] = File.large(value["oid"], size)
    elif change == "deletedFile":
        if path not in files:
            message = f"A file with this name doesn't exist: {path}"  # clients look for these words
            raise HubError(404, message, "EntryNotFound", commit=parent.oid)
        del files[path]
    else:
        raise HubError(400, f"Unknown change: {change}")


def _require_benchmark(storage: Storage, eval_yaml: File | None) -> None:
    errors = objections_to_benchmark(storage.path(eval_yaml).read_bytes()) if eval_yaml else []
    if errors:
        raise HubError(400, f"Invalid eval.yaml: {'; '.join(errors)}")


_REPO = "/api/{kind}/{namespace}/{name}"
ROUTES = [
    Route(_REPO + "/preupload/{revision}", preupload, methods=["POST"]),
    Route(_REPO + "/commit/{revision}", commit, methods=["POST"]),
]
