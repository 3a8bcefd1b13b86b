"""A server on loopback that speaks OpenAI's and Gemini's protocols, decodes what it is sent, and fails when told."""

import asyncio
import base64
import io
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import av
import numpy as np
import soundfile
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from mma_bench.media.frames import sample_frames
from mma_bench.media.sound import read_sound


@dataclass(frozen=True)
class Received:
    """A request, decoded."""

    text: str
    frames: int
    """Frames of the video at one per second, or images."""
    brightness: float
    seconds_of_sound: float
    loudness: float
    seconds_of_sound_in_video: float = 0.0


@dataclass
class ModelServer:
    """A running server. Each request takes one of `faults`; without any it gets `answer`."""

    url: str = ""
    answer: Callable[[Received], str] = lambda received: "Bird"
    faults: deque[str] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    models: tuple[str, ...] = ("omni",)
    key: str | None = None
    refusal: int = 401
    tells_usage: bool = True
    hears: bool = True
    delay: float = 0.0
    completion_tokens: int = 5
    bodies: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of chat requests, as sent, also of those refused."""
    demands: tuple[str, ...] = ()
    """Keys of `DEMANDS`: what a chat request must be like, else it is refused with status 400."""

    async def chat(self, request: Request) -> Response:
        """POST /v1/chat/completions"""
        refused = self._refused(request)
        if refused is not None:
            return refused
        body = await request.json()
        self.bodies.append(body)
        for demand in self.demands:
            fulfilled, message = DEMANDS[demand]
            if not fulfilled(body):
                return JSONResponse({"error": {"message": message, "type": "invalid_request_error"}}, 400)
        contents = [message["content"] for message in body["messages"] if message["role"] == "user"]
        got = _from_openai([part for content in contents for part in content])
        if (fault := await self._fault()) is not None:
            return fault
        self.received.append(got)
        await asyncio.sleep(self.delay)
        usage = {"prompt_tokens": self._tokens(got), "completion_tokens": self.completion_tokens}
        usage["total_tokens"] = sum(usage.values())
        message = {"role": "assistant", "content": self.answer(got)}
        if body.get("stream"):
            return _streamed(message["content"], usage if body.get("stream_options", {}).get("include_usage") else None)
        reply = {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        }
        return JSONResponse(reply | ({"usage": usage} if self.tells_usage else {}))

    async def list_models(self, request: Request) -> Response:
        """GET /v1/models"""
        refused = self._refused(request)
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "us"} for name in self.models]
        return refused or JSONResponse({"object": "list", "data": listed})

    async def gemini_model(self, request: Request) -> Response:
        """GET /API/models/NAME"""
        name = request.path_params["name"]
        if name not in self.models:
            return _gemini_error(404, "NOT_FOUND", f"models/{name} is not found")
        return JSONResponse({"name": f"models/{name}", "displayName": name})

    async def gemini_generate(self, request: Request) -> Response:
        """POST /API/models/NAME:generateContent"""
        body = await request.json()
        got = _from_gemini(body["contents"][-1]["parts"])
        if (fault := await self._fault()) is not None:
            return fault
        self.received.append(got)
        details = [
            {"modality": "TEXT", "tokenCount": len(got.text) // 4},
            {"modality": "VIDEO", "tokenCount": 258 * got.frames},
            {"modality": "AUDIO", "tokenCount": round(32 * got.seconds_of_sound) if self.hears else 0},
        ]
        usage = {
            "promptTokenCount": sum(d["tokenCount"] for d in details),
            "candidatesTokenCount": self.completion_tokens,
            "promptTokensDetails": details,
        }
        content = {"role": "model", "parts": [{"text": self.answer(got)}]}
        return JSONResponse({"candidates": [{"content": content, "finishReason": "STOP"}], "usageMetadata": usage})

    def _tokens(self, got: Received) -> int:
        seconds = got.seconds_of_sound + got.seconds_of_sound_in_video
        return len(got.text) // 4 + 100 * got.frames + (round(25 * seconds) if self.hears else 0)

    def _refused(self, request: Request) -> Response | None:
        if self.key is None or request.headers.get("authorization") == f"Bearer {self.key}":
            return None
        message = {"message": "invalid api key", "type": "invalid_request_error"}
        return JSONResponse({"error": message}, self.refusal)

    async def _fault(self) -> Response | None:
        """Return the reply of the next fault."""
        fault = self.faults.popleft() if self.faults else ""
        if fault == "hang":
            await asyncio.sleep(30)
        if fault == "dropped":
            return _Dropped()
        if fault in ("500", "503"):
            return JSONResponse({"error": {"message": "out of luck", "code": int(fault)}}, int(fault))
        if fault == "retry delay":  # as Google's APIs tell it
            details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.2s"}]
            error = {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "quota", "details": details}
            return JSONResponse({"error": error}, 429)
        if fault == "tomorrow":
            return JSONResponse(
                {"error": {"message": "daily quota", "code": 429}}, 429, headers={"retry-after": "86400"}
            )
        if fault == "far":
            return JSONResponse({"error": {"message": "busy", "code": 429}}, 429, headers={"retry-after": "60"})
        if fault == "at once":
            return JSONResponse({"error": {"message": "busy", "code": 429}}, 429, headers={"retry-after": "0"})
        if fault == "torn":
            return _streamed("The video sh", None, whole=False)
        if fault == "page":
            return HTMLResponse("<!DOCTYPE html><html><head><title>Sign in</title></head><body>...</body></html>")
        if fault == "page 502":
            return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
        if fault == "drip":
            return StreamingResponse(_drops(), media_type="application/json")
        if fault in REPLIES:
            return _chat(**REPLIES[fault])
        if fault == "error in reply":
            return JSONResponse({"error": {"message": "context is too long", "code": "too_long"}})
        if fault == "overloaded in reply":
            return JSONResponse({"error": {"message": "overloaded", "code": 502}})
        if fault == "no candidates":
            return JSONResponse({"usageMetadata": {"promptTokenCount": 7}})
        if fault == "other":
            return JSONResponse({"candidates": [{"finishReason": "OTHER"}]})
        if fault == "cut":
            content = {"role": "model", "parts": [{"text": "The video shows a"}]}
            return JSONResponse({"candidates": [{"content": content, "finishReason": "MAX_TOKENS"}]})
        if fault == "429":
            return JSONResponse({"error": {"message": "slow down", "code": 429}}, 429, headers={"retry-after": "1"})
        if fault == "broken":
            return PlainTextResponse('{"choices": [{"mess', media_type="application/json")
        if fault == "no choices":
            return JSONResponse({"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": []})
        if fault == "blocked":
            return JSONResponse({"promptFeedback": {"blockReason": "SAFETY"}})
        if fault == "withheld":
            content = {"role": "model", "parts": [{"text": "Bi"}]}
            return JSONResponse({"candidates": [{"content": content, "finishReason": "SAFETY"}]})
        if fault == "only thoughts":
            content = {"role": "model", "parts": [{"text": "hm", "thought": True}]}
            return JSONResponse({"candidates": [{"content": content, "finishReason": "MAX_TOKENS"}]})
        return None


REPLIES: dict[str, dict[str, Any]] = {
    "no content": {"content": None, "finish_reason": "length"},
    "empty": {"content": "", "finish_reason": "stop"},
    "cut off": {"content": "The video shows a bird, and the", "finish_reason": "length"},
    "filtered": {"content": None, "finish_reason": "content_filter"},
    "refusal": {"content": None, "refusal": "I'm sorry, I can't assist with that.", "finish_reason": "stop"},
    "in parts": {"content": [{"type": "text", "text": "Bi"}, {"type": "text", "text": "rd"}], "finish_reason": "stop"},
    "aborted": {"content": "Bi", "finish_reason": "abort"},
    "aborted and charged": {
        "content": "Bi",
        "finish_reason": "abort",
        "usage": {"prompt_tokens": 100, "completion_tokens": 1},
    },
    "null counts": {
        "content": "Bird",
        "finish_reason": "stop",
        "usage": {"prompt_tokens": None, "completion_tokens": None},
    },
}
"""Message, finish reason and usage of a reply, by the fault that asks for it."""

DEMANDS: dict[str, tuple[Callable[[dict[str, Any]], bool], str]] = {
    "stream": (
        lambda body: body.get("stream") is True,
        "This model only support stream mode, please enable the stream parameter to access the model. ",
    ),
    "one medium": (
        lambda body: all(len({part["type"] for part in m["content"]} - {"text"}) < 2 for m in body["messages"]),
        "Multiple inputs of the same modality or mixed modality inputs are not currently supported.",
    ),
    "max_completion_tokens": (
        lambda body: "max_tokens" not in body and "max_completion_tokens" in body,
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ),
    "no seed": (lambda body: "seed" not in body, "Extra inputs are not permitted: body -> seed"),
    "no temperature": (
        lambda body: "temperature" not in body,
        "Unsupported value: 'temperature' does not support 0.0 with this model.",
    ),
    "data URL": (
        lambda body: all(
            part["input_audio"]["data"].startswith("data:")
            for message in body["messages"]
            for part in message["content"]
            if part["type"] == "input_audio"
        ),
        "The provided URL does not appear to be valid. Ensure it is correctly formatted.",
    ),
}
"""Demands of servers, with their error messages."""


def _chat(*, finish_reason: str, usage: Any = None, **message: Any) -> Response:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
    reply = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return JSONResponse(reply | ({"usage": usage} if usage else {}))


def _streamed(text: str, usage: Any, *, whole: bool = True) -> Response:
    """Reply letter by letter, with the usage in a last chunk without choices; the end may be missing."""
    same = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    pieces = [{"index": 0, "delta": {"content": letter}, "finish_reason": None} for letter in text]
    pieces += [{"index": 0, "delta": {}, "finish_reason": "stop"}] if whole else []
    chunks = [same | {"choices": [piece]} for piece in pieces]
    chunks += [same | {"choices": [], "usage": usage}] if usage else []
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    lines += ["data: [DONE]\n\n"] if whole else []
    return StreamingResponse(iter(lines), media_type="text/event-stream")


async def _drops() -> AsyncIterator[bytes]:
    """Send a byte now and then, for longer than any test waits."""
    for _ in range(300):
        yield b" "
        await asyncio.sleep(0.1)


class _Dropped(Response):
    """A reply that ends after half of the promised body."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"choices": [', "more_body": True})
        raise ConnectionAbortedError("the server went away, as it was told to")


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """Run a server on a free port of loopback while the block runs."""
    server = ModelServer()
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", server.chat, methods=["POST"]),
            Route("/v1/models", server.list_models),
            Route("/elsewhere/models", lambda request: HTMLResponse("<html><title>Welcome</title></html>")),
            Route("/{api}/models/{name}:generateContent", server.gemini_generate, methods=["POST"]),
            Route("/{api}/models/{name}", server.gemini_model),
        ]
    )
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        running.should_exit = True
        running.force_exit = True
        thread.join(10)


def _from_openai(content: list[dict[str, Any]]) -> Received:
    text = "".join(part["text"] for part in content if part["type"] == "text")
    sound = np.zeros(0, np.float32)
    in_video = np.zeros(0, np.float32)
    brightness: list[float] = []
    for part in content:
        if part["type"] == "video_url":
            video = _data_url(part["video_url"]["url"])
            frames = sample_frames(video, fps=1)
            in_video = _sound_in(video)
            brightness += [float(frame.mean()) for frame in frames]
        if part["type"] == "image_url":
            from PIL import Image

            image = Image.open(io.BytesIO(_data_url(part["image_url"]["url"])))
            brightness.append(float(np.asarray(image).mean()))
        if part["type"] == "input_audio":
            assert part["input_audio"]["format"] == "wav"
            data = part["input_audio"]["data"].removeprefix("data:;base64,")
            sound, rate = soundfile.read(io.BytesIO(base64.b64decode(data)), dtype="float32")
            assert rate == 16_000
    return replace(_received(text, brightness, sound), seconds_of_sound_in_video=len(in_video) / 16_000)


def _sound_in(video: bytes) -> np.ndarray:
    with av.open(io.BytesIO(video)) as container:
        has_sound = bool(container.streams.audio)
    return read_sound(video) if has_sound else np.zeros(0, np.float32)


def _from_gemini(parts: list[dict[str, Any]]) -> Received:
    text = "".join(part.get("text", "") for part in parts)
    data = next(part["inlineData"]["data"] for part in parts if "inlineData" in part)
    video = base64.urlsafe_b64decode(data)
    return _received(text, [float(f.mean()) for f in sample_frames(video, fps=1)], read_sound(video))


def _received(text: str, brightness: list[float], sound: np.ndarray) -> Received:
    return Received(
        text=text,
        frames=len(brightness),
        brightness=float(np.mean(brightness)) if brightness else 0.0,
        seconds_of_sound=len(sound) / 16_000,
        loudness=float(np.sqrt(np.mean(np.square(sound)))) if len(sound) else 0.0,
    )


def _data_url(url: str) -> bytes:
    head, _, data = url.partition(",")
    assert head in ("data:video/mp4;base64", "data:image/jpeg;base64"), json.dumps(head)
    return base64.b64decode(data)


def _gemini_error(code: int, status: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "status": status, "message": message}}, code)
