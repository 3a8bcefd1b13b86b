"""What only Spaces have: hardware, sleep, variables, secrets, and a state of running."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopback_hub.calls import addressed, commit_at, site, writable
from loopback_hub.history import Commit
from loopback_hub.refusals import HubError
from loopback_hub.storage import Repo


def new_space(asked: dict[str, Any]) -> dict[str, Any]:
    """A Space's own settings, from the request that creates it."""
    if not asked.get("sdk"):
        raise HubError(400, '"sdk" is required')
    return {
        "sdk": asked["sdk"],
        "hardware": asked.get("hardware", "cpu-basic"),
        "sleep_time": asked.get("sleepTimeSeconds"),
        "paused": False,
        "variables": {v["key"]: {"value": v["value"]} for v in asked.get("variables", [])},
        "secrets": {s["key"]: {} for s in asked.get("secrets", [])},
    }


def runtime(repo: Repo, commit: Commit) -> dict[str, Any]:
    """How a Space is; here it runs as soon as it has something to run, on whatever was asked for."""
    runs = any(name in commit.files for name in ("app.py", "Dockerfile", "index.html"))
    stage = "PAUSED" if repo.space["paused"] else "RUNNING" if runs else "NO_APP_FILE"
    hardware = {"current": repo.space["hardware"], "requested": repo.space["hardware"]}
    return {"stage": stage, "hardware": hardware, "gcTimeout": repo.space["sleep_time"], "storage": None}


async def read_runtime(request: Request) -> Response:
    """GET /api/spaces/REPO/runtime"""
    return _runtime_of(request, addressed(request))


async def hardware(request: Request) -> Response:
    """POST /api/spaces/REPO/hardware"""
    asked = await request.json()
    return _changed(request, hardware=asked["flavor"], sleep_time=asked.get("sleepTimeSeconds"))


async def sleep_time(request: Request) -> Response:
    """POST /api/spaces/REPO/sleeptime"""
    return _changed(request, sleep_time=(await request.json())["seconds"])


async def pause(request: Request) -> Response:
    """POST /api/spaces/REPO/pause"""
    return _changed(request, paused=True)


async def restart(request: Request) -> Response:
    """POST /api/spaces/REPO/restart"""
    return _changed(request, paused=False)


async def read_settings(request: Request) -> Response:
    """GET /api/spaces/REPO/variables or secrets"""
    repo, _ = writable(request)
    return JSONResponse(repo.space[request.path_params["which"]])


async def set_setting(request: Request) -> Response:
    """POST /api/spaces/REPO/variables or secrets"""
    asked, which = await request.json(), request.path_params["which"]
    repo, _ = writable(request)
    told = {"value": asked["value"]} if which == "variables" else {}
    repo.space[which][asked["key"]] = told | ({"description": d} if (d := asked.get("description")) else {})
    site(request).storage.save(repo)
    return JSONResponse(repo.space[which])


async def delete_setting(request: Request) -> Response:
    """DELETE /api/spaces/REPO/variables or secrets"""
    key = (await request.json())["key"]
    repo, _ = writable(request)
    held = repo.space[request.path_params["which"]]
    held.pop(key, None)
    site(request).storage.save(repo)
    return JSONResponse(held)


def _changed(request: Request, **settings: Any) -> Response:
    repo, _ = writable(request)
    repo.space |= settings
    site(request).storage.save(repo)
    return _runtime_of(request, repo)


def _runtime_of(request: Request, repo: Repo) -> Response:
    return JSONResponse(runtime(repo, commit_at(request, repo, "main")))


_SPACE = "/api/{kind:spaces}/{repo:repo}"
ROUTES = [
    Route(_SPACE + "/runtime", read_runtime),
    Route(_SPACE + "/hardware", hardware, methods=["POST"]),
    Route(_SPACE + "/sleeptime", sleep_time, methods=["POST"]),
    Route(_SPACE + "/pause", pause, methods=["POST"]),
    Route(_SPACE + "/restart", restart, methods=["POST"]),
    Route(_SPACE + "/{which:settings}", read_settings),
    Route(_SPACE + "/{which:settings}", set_setting, methods=["POST"]),
    Route(_SPACE + "/{which:settings}", delete_setting, methods=["DELETE"]),
]
