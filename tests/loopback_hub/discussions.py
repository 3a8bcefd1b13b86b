"""Pull requests, and discussions that are none: opened, commented on, closed, merged."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback_hub.accounts import Account
from loopback_hub.calls import addressed, commit_at, site, writable, writer
from loopback_hub.history import Commit, File
from loopback_hub.refusals import HubError
from loopback_hub.storage import MAIN, Repo, Storage, now


def open_pull_request(repo: Repo, title: str, description: str, who: Account, base: Commit) -> int:
    """Number a proposal to change `base`; its commits are to stand at refs/pr/NUMBER."""
    _open(repo, title, description, who, base, "open")
    return len(repo.discussions)


async def create(request: Request) -> Response:
    """POST /api/KIND/REPO/discussions; a pull request is a draft until it is opened."""
    asked = await request.json()
    repo, who = addressed(request), writer(request)
    base = commit_at(request, repo, "main") if asked["pullRequest"] else None
    status = "draft" if asked["pullRequest"] else "open"
    discussion = _open(repo, asked["title"], asked["description"], who, base, status)
    if base:
        repo.refs[f"refs/pr/{discussion['num']}"] = base.oid
    site(request).storage.save(repo)
    return JSONResponse({"num": discussion["num"], "pullRequest": asked["pullRequest"]})


async def listing(request: Request) -> Response:
    """GET /api/KIND/REPO/discussions?p=PAGE"""
    repo, size = addressed(request), site(request).page
    told = [_told(repo, discussion) for discussion in reversed(repo.discussions)]
    start = int(request.query_params.get("p", 0)) * size
    return JSONResponse({"discussions": told[start : start + size], "count": len(told), "start": start})


async def details(request: Request) -> Response:
    """GET /api/KIND/REPO/discussions/NUMBER"""
    repo = addressed(request)
    discussion = _numbered(repo, request)
    told = _told(repo, discussion) | {"events": discussion["events"]}
    if discussion["base"]:
        conflicts = _merged(site(request).storage, repo, discussion)[1]
        told |= {"filesWithConflicts": conflicts, "diff": ""}
        told |= {"changes": {"base": MAIN, **({"mergeCommitId": m} if (m := discussion.get("merged")) else {})}}
    return JSONResponse(told)


async def comment(request: Request) -> Response:
    """POST /api/KIND/REPO/discussions/NUMBER/comment"""
    asked = await request.json()
    repo, who = addressed(request), writer(request)
    event = _event(who, "comment", _words(asked["comment"]))
    _numbered(repo, request)["events"].append(event)
    site(request).storage.save(repo)
    return JSONResponse({"newMessage": event})


async def change_status(request: Request) -> Response:
    """POST /api/KIND/REPO/discussions/NUMBER/status"""
    asked = await request.json()
    repo, who = writable(request)
    event = _set_status(_numbered(repo, request), who, asked["status"])
    site(request).storage.save(repo)
    return JSONResponse({"newStatus": event})


async def merge(request: Request) -> Response:
    """POST /api/KIND/REPO/discussions/NUMBER/merge: what the pull request changed becomes one commit on main."""
    repo, who = writable(request)
    storage, discussion = site(request).storage, _numbered(repo, request)
    if not discussion["base"] or discussion["status"] != "open":
        raise HubError(400, f"Only an open pull request can be merged; this one is {discussion['status']}")
    files, conflicts = _merged(storage, repo, discussion)
    if conflicts:
        raise HubError(409, f"Cannot merge, there are conflicts in {', '.join(conflicts)}")
    title = f"{discussion['title']} (#{discussion['num']})"
    # The status is set first: the commit saves both at once.
    _set_status(discussion, who, "merged")
    made = storage.commit(repo, MAIN, storage.at(repo, MAIN), files, title=title, message="", author=who.name)
    discussion["merged"] = made.oid
    storage.save(repo)
    return JSONResponse({})


def _merged(storage: Storage, repo: Repo, discussion: dict[str, Any]) -> tuple[dict[str, File], list[str]]:
    """Main's files with the pull request's changes, and the paths that both have changed since they parted."""
    base, head = storage.at(repo, discussion["base"]).files, storage.at(repo, f"refs/pr/{discussion['num']}").files
    files = dict(storage.at(repo, discussion.get("merged") or MAIN).files)
    changed = [path for path in sorted({*base, *head}) if base.get(path) != head.get(path)]
    conflicts = [path for path in changed if files.get(path) not in (base.get(path), head.get(path))]
    for path in changed:
        files.pop(path, None)
        if path in head:
            files[path] = head[path]
    return files, conflicts


def _open(repo: Repo, title: str, description: str, who: Account, base: Commit | None, status: str) -> dict[str, Any]:
    discussion: dict[str, Any] = {
        "num": len(repo.discussions) + 1,
        "title": title,
        "author": who.name,
        "created": now(),
        "status": status,
        "base": base.oid if base else None,
        "events": [_event(who, "comment", _words(description))],
    }
    repo.discussions.append(discussion)
    return discussion


def _numbered(repo: Repo, request: Request) -> dict[str, Any]:
    number = request.path_params["number"]
    if not 1 <= number <= len(repo.discussions):
        raise HubError(404, f"There is no discussion {number}")
    found: dict[str, Any] = repo.discussions[number - 1]
    return found


def _set_status(discussion: dict[str, Any], who: Account, status: str) -> dict[str, Any]:
    discussion["status"] = status
    discussion["events"].append(event := _event(who, "status-change", {"status": status}))
    return event


def _event(who: Account, name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"{name}-{now()}", "type": name, "createdAt": now(), "author": {"name": who.name}, "data": data}


def _words(text: str) -> dict[str, Any]:
    return {"edited": False, "hidden": False, "latest": {"raw": text}}


def _told(repo: Repo, discussion: dict[str, Any]) -> dict[str, Any]:
    return {
        "num": discussion["num"],
        "title": discussion["title"],
        "author": {"name": discussion["author"]},
        "createdAt": discussion["created"],
        "status": discussion["status"],
        "isPullRequest": discussion["base"] is not None,
        "repo": {"name": repo.id, "type": repo.kind},
        "repoOwner": {"name": repo.id.split("/")[0]},
    }


_DISCUSSIONS = "/api/{kind:kind}/{repo:repo}/discussions"
ROUTES = [
    Route(_DISCUSSIONS, create, methods=["POST"]),
    Route(_DISCUSSIONS, listing),
    Route(_DISCUSSIONS + "/{number:int}", details),
    Route(_DISCUSSIONS + "/{number:int}/comment", comment, methods=["POST"]),
    Route(_DISCUSSIONS + "/{number:int}/status", change_status, methods=["POST"]),
    Route(_DISCUSSIONS + "/{number:int}/merge", merge, methods=["POST"]),
]
