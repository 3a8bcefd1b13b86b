"""Between the sockets and the endpoints: every request is noted, and faults strike where real ones do."""

from asyncio import Transport
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loopback_hub.faults import Fault, Faults


@dataclass
class LoggedRequest:
    """A request and the state of its response, logged before the client sees it."""

    method: str
    path: str
    query: str
    origin: Literal["hub", "storage"]
    range: str | None
    status: int | None = None
    """Status of the response; None before it, and if the connection was cut."""
    received: int = 0
    """Bytes of the request's body received so far."""
    sent: int = 0
    """Bytes of the response's body sent so far."""


@dataclass(frozen=True)
class Wire:
    """ASGI middleware of an origin: logs requests and applies faults."""

    app: ASGIApp
    origin: Literal["hub", "storage"]
    log: list[LoggedRequest]
    faults: Faults
    defects: list[Exception]
    """Unexpected exceptions of the endpoints."""
    connection: Callable[[Scope], Transport | None]
    """Returns the connection of a request, None if its client is gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, subject to the faults."""
        passage = _Passage(self._note(scope), receive, send, partial(self.connection, scope))
        fault = self.faults.strike(passage.note.method, passage.note.path) or Fault()
        if fault.hold:
            await self.faults.wait()
        if fault.status is not None:
            headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
            refusal = JSONResponse({"error": "out of luck"}, fault.status, headers)
            await refusal(scope, passage.receive, passage.send)
        elif fault.drop_after is not None and passage.note.method not in ("GET", "HEAD"):
            await passage.cut_request(fault.drop_after)
        else:
            passage.last_byte, passage.silent = fault.drop_after, fault.drop_answer
            # The path stays undecoded, so that endpoints can tell which of its slashes separate.
            as_sent = {**scope, "path": scope["raw_path"].decode("ascii")}
            try:
                await self.app(as_sent, passage.receive, passage.send)
            except ClientDisconnect:
                pass  # the request had no response and no effect
            except Exception as defect:
                self.defects.append(defect)
        await passage.end()

    def _note(self, scope: Scope) -> LoggedRequest:
        note = LoggedRequest(
            method=scope["method"],
            path=unquote(scope["raw_path"].decode("ascii")),
            query=scope["query_string"].decode("ascii"),
            origin=self.origin,
            range=Headers(scope=scope).get("range"),
        )
        self.log.append(note)
        return note


@dataclass
class _Passage:
    """A request and its response in transit, with their bytes counted, cut at `last_byte`."""

    note: LoggedRequest
    asgi_receive: Receive
    asgi_send: Send
    connection: Callable[[], Transport | None]
    last_byte: int | None = None
    silent: bool = False
    cut: bool = False

    async def receive(self) -> Message:
        """Receive an ASGI message and count its bytes."""
        message = await self.asgi_receive()
        self.note.received += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        """Send an ASGI message and count its bytes; after a cut, drop it."""
        if self.cut:
            return
        if self.silent:
            self._end_connection(at_once=True)
            return
        if message["type"] == "http.response.start":
            self.note.status = message["status"]
        body = message.get("body", b"")
        left = None if self.last_byte is None else self.last_byte - self.note.sent
        if left is not None and body and len(body) >= left:
            self.note.sent += left
            await self.asgi_send({**message, "body": body[:left], "more_body": True})
            self._end_connection(at_once=False)
            return
        self.note.sent += len(body)
        await self.asgi_send(message)

    async def cut_request(self, after: int) -> None:
        """Read `after` bytes of the request, then cut the connection."""
        more = True
        while more and self.note.received < after:
            message = await self.receive()
            more = message["type"] == "http.request" and message["more_body"]
        self.note.received = min(self.note.received, after)  # further bytes in the socket are lost
        self._end_connection(at_once=True)

    async def end(self) -> None:
        """After a cut, wait until the connection is closed; otherwise the server would send a response itself."""
        while self.cut and (await self.asgi_receive())["type"] != "http.disconnect":
            pass

    def _end_connection(self, *, at_once: bool) -> None:
        self.cut = True
        if connection := self.connection():  # None if the client closed it first
            (connection.abort if at_once else connection.close)()
