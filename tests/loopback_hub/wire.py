"""Between the sockets and the endpoints: every request is noted, and faults strike where real ones do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import unquote

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loopback_hub.faults import Fault, Faults


@dataclass
class LoggedRequest:
    """What was asked for, and what came of it so far; noted before the client can know of it."""

    method: str
    path: str
    query: str
    origin: Literal["hub", "storage"]
    user_agent: str
    range: str | None
    with_token: bool
    status: int | None = None
    """None as long as nothing was answered, and for ever if the connection was cut."""
    received: int = 0
    """Bytes of the request's body."""
    sent: int = 0
    """Bytes of the answer's body."""


class Connection(Protocol):
    """A connection that can end at any time."""

    def abort(self) -> None:
        """End it now, whatever is still to be sent."""

    def close(self) -> None:
        """Send what was written, and end it, whatever was promised."""


class Wire:
    """An ASGI application before that of an origin."""

    def __init__(
        self,
        app: ASGIApp,
        origin: Literal["hub", "storage"],
        log: list[LoggedRequest],
        faults: Faults,
        defects: list[Exception],
        connection: Callable[[Scope], Connection | None],
    ) -> None:
        self._app, self._origin, self._log, self._faults = app, origin, log, faults
        self._defects, self._connection = defects, connection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, well or badly."""
        passage = _Passage(scope, receive, send, self._note(scope), self._connection)
        fault = self._faults.strike(passage.note.method, passage.note.path) or Fault()
        if fault.hold:
            await self._faults.wait()
        if fault.status is not None:
            await _refuse(passage, fault)
        elif fault.drop_after is not None and passage.note.method not in ("GET", "HEAD"):
            await passage.cut_request(fault.drop_after)
        else:
            passage.last_byte = 0 if fault.drop_answer else fault.drop_after
            passage.silent = fault.drop_answer
            # The path stays as it was sent: an endpoint knows which of its slashes divide.
            as_sent = {**scope, "path": scope["raw_path"].decode("ascii")}
            try:
                await self._app(as_sent, passage.receive, passage.send)
            except ClientDisconnect:
                pass  # it was answered by nothing, and did nothing
            except Exception as defect:
                self._defects.append(defect)
        await passage.end()

    def _note(self, scope: Scope) -> LoggedRequest:
        headers = Headers(scope=scope)
        note = LoggedRequest(
            method=scope["method"],
            path=unquote(scope["raw_path"].decode("ascii")),
            query=scope["query_string"].decode("ascii"),
            origin=self._origin,
            user_agent=headers.get("user-agent", ""),
            range=headers.get("range"),
            with_token="authorization" in headers,
        )
        self._log.append(note)
        return note


class _Passage:
    """One request and its answer on their way, counted, and cut where `last_byte` says."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        note: LoggedRequest,
        connection: Callable[[Scope], Connection | None],
    ) -> None:
        self.scope, self.note = scope, note
        self.last_byte: int | None = None
        self.silent = False
        self._receive, self._send, self._connection = receive, send, connection
        self._cut = False

    async def receive(self) -> Message:
        """ASGI's, counting."""
        message = await self._receive()
        self.note.received += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        """ASGI's, counting; what comes after a cut goes nowhere."""
        if self._cut:
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
            await self._send({**message, "body": body[:left], "more_body": True})
            self._end_connection(at_once=False)
            return
        self.note.sent += len(body)
        await self._send(message)

    async def cut_request(self, after: int) -> None:
        """Read so many bytes of the request and no more."""
        more = True
        while more and self.note.received < after:
            message = await self.receive()
            more = message["type"] == "http.request" and message["more_body"]
        self.note.received = min(self.note.received, after)  # what else the socket held is lost with it
        self._end_connection(at_once=True)

    async def end(self) -> None:
        """After a cut, wait until the connection is gone, lest the server answers in our place."""
        while self._cut and (await self._receive())["type"] != "http.disconnect":
            pass

    def _end_connection(self, *, at_once: bool) -> None:
        self._cut = True
        if connection := self._connection(self.scope):  # else the client was faster
            (connection.abort if at_once else connection.close)()


async def _refuse(passage: _Passage, fault: Fault) -> None:
    assert fault.status is not None
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    await JSONResponse({"error": "out of luck"}, fault.status, headers)(passage.scope, passage.receive, passage.send)
