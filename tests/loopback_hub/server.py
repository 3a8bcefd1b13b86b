"""The loopback Hub: two sockets, the endpoints behind them, and the view that tests have of it."""

from __future__ import annotations

import socket
import threading
import time
from asyncio import Transport
from pathlib import Path
from typing import Any, Literal, cast

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from loopback_hub import commits, files, large_files, repositories
from loopback_hub.accounts import WRITE_TOKEN
from loopback_hub.calls import HubError, Site, answer_refusal, asker, no_such_repo
from loopback_hub.faults import Faults
from loopback_hub.storage import Commit, Kind, Repo, Storage
from loopback_hub.wire import LoggedRequest, Wire


async def nothing_here(request: Request) -> Response:
    """Answer any other path as the Hub answers for a missing repository."""
    raise no_such_repo(known_asker=asker(request) is not None)


HUB_ROUTES: list[BaseRoute] = [
    *repositories.ROUTES,
    *commits.ROUTES,
    *files.ROUTES,
    *large_files.ROUTES,
    Route("/{path:path}", nothing_here, methods=["GET", "POST", "PUT", "DELETE"]),
]


class LoopbackHub:
    """A Hub on two free ports of loopback, while the `with` block lasts.

    Args:
        folder: storage; a hub started again on the same folder continues with its content.
        multipart_above: size in bytes above which large files are uploaded in parts.
        part_bytes: size of a part.
        page: entries per page of a listing.
    """

    def __init__(
        self, folder: Path, *, multipart_above: int = 64 << 20, part_bytes: int = 16 << 20, page: int = 1000
    ) -> None:
        self.faults = Faults()
        self.requests: list[LoggedRequest] = []
        """All requests in the order of arrival."""
        self._defects: list[Exception] = []
        self._storage = Storage(folder)
        self._hub_socket, self._storage_socket = _listening(), _listening()
        self.url, self.storage_url = _address(self._hub_socket), _address(self._storage_socket)
        site = Site(self._storage, self.url, self.storage_url, multipart_above, part_bytes, page)
        self._hub = self._behind_a_wire(site, HUB_ROUTES, "hub")
        self._storage_origin = self._behind_a_wire(site, [*large_files.STORAGE_ROUTES], "storage")
        # h11 whatever else is installed: cutting a connection takes its transport.
        config = uvicorn.Config(
            self._serve, interface="asgi3", http="h11", ws="none", lifespan="off", log_level="critical"
        )
        self._server = uvicorn.Server(config)
        sockets = [self._hub_socket, self._storage_socket]
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": sockets}, daemon=True)

    def __enter__(self) -> LoopbackHub:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self.faults.clear()
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)
        if self._defects:
            raise RuntimeError("an endpoint of the loopback hub failed, and not as it was told") from self._defects[0]

    def environment(self, home: Path, token: str | None = WRITE_TOKEN) -> dict[str, str]:
        """Return the environment variables of a process that uses this Hub; `token` None means not logged in."""
        return {
            "HF_ENDPOINT": self.url,
            "HF_TOKEN": token or "",
            "HF_HOME": str(home),
            "HF_HUB_CACHE": str(home / "hub"),
            "HF_DATASETS_CACHE": str(home / "datasets"),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def repo(self, kind: Kind, repo_id: str) -> RepoView:
        """Return a view of a repository, whether it exists or not."""
        return RepoView(self._storage, kind, repo_id)

    @property
    def blobs(self) -> dict[str, int]:
        """Sizes in bytes, by SHA-256, of all large objects that arrived whole, published or not."""
        return self._storage.large.sizes()

    def _behind_a_wire(self, site: Site, routes: list[BaseRoute], origin: Literal["hub", "storage"]) -> Wire:
        app = Starlette(routes=routes, exception_handlers={HubError: answer_refusal})
        app.state.site = site
        return Wire(app, origin, self.requests, self.faults, self._defects, self._connection)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        to_storage = scope["server"][1] == self._storage_socket.getsockname()[1]
        await (self._storage_origin if to_storage else self._hub)(scope, receive, send)

    def _connection(self, scope: Scope) -> Transport | None:
        protocols = cast(set[H11Protocol], self._server.server_state.connections)
        return next((p.transport for p in protocols if p.client == scope["client"]), None)


class RepoView:
    """A test's view of a repository, read from storage at each access, without HTTP."""

    def __init__(self, storage: Storage, kind: Kind, repo_id: str) -> None:
        self._storage, self._kind, self._id = storage, kind, repo_id

    @property
    def exists(self) -> bool:
        """True if the repository exists."""
        return self._storage.find(self._kind, self._id) is not None

    @property
    def private(self) -> bool:
        """True if only its owners see it."""
        return self._repo.private

    @property
    def sdk(self) -> str | None:
        """The SDK that a Space was created with, such as gradio."""
        return self._repo.sdk

    @property
    def refs(self) -> dict[str, str]:
        """Commit ids by reference: refs/heads/main, refs/tags/v1, refs/pr/1, ..."""
        return self._repo.refs

    @property
    def discussions(self) -> list[dict[str, Any]]:
        """Pull requests, oldest first: num, title, author."""
        return self._repo.discussions

    def files(self, revision: str = "main") -> dict[str, bytes]:
        """Return the content by path, without the `.gitattributes` of every new repository."""
        files = self._storage.at(self._repo, revision).files
        return {path: self._storage.path(f).read_bytes() for path, f in files.items() if path != ".gitattributes"}

    def commits(self, revision: str = "main") -> list[Commit]:
        """All commits, newest first; the oldest is the Hub's own "initial commit"."""
        repo = self._repo
        return list(self._storage.log(repo, self._storage.at(repo, revision)))

    @property
    def _repo(self) -> Repo:
        found = self._storage.find(self._kind, self._id)
        assert found, f"there is no {self._kind} {self._id}"
        return found


def _listening() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    return listening


def _address(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"
