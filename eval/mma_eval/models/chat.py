"""Chat completions as servers understand them: adapt a request to what a server refuses, and read its reply."""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from mma_accuracy.ending import Ended
from mma_bench.core.records import Json
from mma_eval.model import Tokens
from mma_eval.models.requests import RequestError, not_json, status_error

Part = dict[str, Json]
"""A part of a message: text or a medium."""


def _refused(name: str) -> str:
    """Return a pattern of messages that refuse a parameter."""
    denied = r"(?:not|n't) (?:be )?(?:supported?|allowed|permitted|accept)"
    refusal = rf"unsupported|unknown|unrecogni[sz]ed|unexpected|extra|{denied}"
    return rf"(?:{refusal})(?s:.){{0,80}}\b{name}\b|\b{name}\b(?s:.){{0,80}}(?:{refusal}|instead)"


ADAPTATIONS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "max_completion_tokens": _refused("max_tokens"),
        "without stream_options": _refused("stream_options"),
        "streamed": r"only supports? (?:the )?stream(?:ing|ed)?\b|\bstream(?:ing)? (?:mode |output |parameter )?"
        r"(?:is |are )?(?:required|only|must)\b|\b(?:must|enable|set)\b[^.]{0,30}\bstream(?:ing)?\b",
        "without seed": _refused("seed"),
        "without temperature": _refused("temperature"),
        "one medium per message": r"mixed modalit|multiple inputs of|(?:one|single) (?:additional )?"
        r"(?:medium|modality|media type|type of media)",
        "audio as data URL": r"url does not appear to be valid|input_audio(?s:.){0,60}\burl\b",
    }.items()
}
"""What a request can be adapted to, with the messages of servers that demand it. A name stands in run.json."""


def adaptation(message: str, parameter: str | None, done: Set[str]) -> str | None:
    """Return the adaptation that an error message demands, apart from those already done; None if it demands none.

    >>> adaptation("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", None, set())
    'max_completion_tokens'
    """
    for name, pattern in ADAPTATIONS.items():
        named = parameter is not None and parameter == _PARAMETERS.get(name)
        if name not in done and (named or pattern.search(message)):
            return name
    return None


_PARAMETERS = {
    "max_completion_tokens": "max_tokens",
    "without stream_options": "stream_options",
    "without seed": "seed",
    "without temperature": "temperature",
}


def chat_request(
    media: Sequence[Part], text: str, *, system: str | None, limit: int, adapted: Set[str]
) -> dict[str, Json]:
    """Build the messages and parameters of a request: media first, then the text; greedy decoding."""
    if "audio as data URL" in adapted:
        media = [_with_data_url(part) for part in media]
    groups = [list(parts) for _, parts in groupby(media, key=lambda part: part["type"])]
    if "one medium per message" not in adapted:
        groups = [list(media)]
    contents: list[Json] = [*groups[:-1], [*groups[-1], {"type": "text", "text": text}]]
    messages = [{"role": "user", "content": content} for content in contents]
    parameters: dict[str, Json] = {"temperature": 0.0, "seed": 0}
    parameters = {name: value for name, value in parameters.items() if f"without {name}" not in adapted}
    parameters["max_completion_tokens" if "max_completion_tokens" in adapted else "max_tokens"] = limit
    if "streamed" in adapted:
        parameters["stream"] = True
        if "without stream_options" not in adapted:
            parameters["stream_options"] = {"include_usage": True}
    return {"messages": [*([{"role": "system", "content": system}] if system else []), *messages], **parameters}


def _with_data_url(part: Part) -> Part:
    if part["type"] != "input_audio":
        return part
    sound = part["input_audio"]
    return {**part, "input_audio": {**sound, "data": f"data:;base64,{sound['data']}"}}


@dataclass
class Reply:
    """The content of a reply, complete or collected from a stream."""

    text: str = ""
    refusal: str = ""
    finish_reason: str | None = None
    usage: Any = None
    choices: int = 0
    error: Json = None
    is_stream: bool = False

    def add(self, piece: Any) -> None:
        """Add a completion or a chunk of a stream."""
        self.usage = getattr(piece, "usage", None) or self.usage
        self.error = getattr(piece, "error", None) or self.error
        if getattr(piece, "object", None) == "error":  # an older form
            self.error = {"message": getattr(piece, "message", None), "code": getattr(piece, "code", None)}
        for choice in (getattr(piece, "choices", None) or [])[:1]:
            self.choices += 1
            message = getattr(choice, "message", None) or getattr(choice, "delta", None)
            self.text += _text(getattr(message, "content", None))
            self.refusal += _text(getattr(message, "refusal", None))
            self.finish_reason = getattr(choice, "finish_reason", None) or self.finish_reason
            self.error = getattr(choice, "error", None) or self.error

    def answer(self) -> tuple[str, Ended | None]:
        """Return the answer's text, which may be empty, and why it ended.

        Raises:
            RequestError: the reply holds an error, or no answer.
        """
        if self.error:
            raise told_error(self.error)
        if not self.choices:
            raise RequestError("the server's reply holds no choices", passing=True)
        reason = (self.finish_reason or "").lower()
        if reason in _FAILED:
            raise RequestError(f"the server gave up (finish_reason {reason})", passing=True)
        if self.is_stream and not reason:
            raise RequestError("the stream ended before the answer did", passing=True)
        if self.refusal and not self.text:
            return self.refusal, "refusal"
        return self.text, _ENDED.get(reason)


_FAILED = ("error", "abort", "cancelled", "insufficient_system_resource", "network_error", "timeout")
_ENDED: Mapping[str, Ended] = {
    **dict.fromkeys(("stop", "eos", "eos_token", "end_turn", "stop_sequence"), "stop"),
    **dict.fromkeys(("length", "max_tokens"), "length"),
    **dict.fromkeys(("content_filter", "sensitive", "safety"), "filter"),
    "refusal": "refusal",
}


async def collected(reply: Any) -> Reply:
    """Read a reply, waiting for the end of a stream.

    Raises:
        RequestError: the reply is not JSON.
    """
    if isinstance(reply, str):
        raise RequestError(not_json(reply))
    found = Reply()
    if isinstance(reply, AsyncIterator):
        response = reply.response  # type: ignore[attr-defined]
        if "event-stream" not in response.headers.get("content-type", ""):
            await response.aread()
            return _not_streamed(response.text)
        found.is_stream = True
        async for chunk in reply:
            found.add(chunk)
    else:
        found.add(reply)
    return found


def _not_streamed(text: str) -> Reply:
    """Read what a server sends in place of a stream: an error, a whole reply, or something else."""
    found = Reply()
    try:
        found.add(json.loads(text, object_hook=lambda values: SimpleNamespace(**values)))
    except ValueError as error:
        raise RequestError(not_json(text)) from error
    if isinstance(found.error, SimpleNamespace):
        found.error = vars(found.error)
    return found


def _text(content: Json) -> str:
    """Return a message's text, which some servers send in parts."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else ""


def told_error(error: Json) -> RequestError:
    """Describe an error that came with a status of success, whole or within a stream."""
    told = error if isinstance(error, Mapping) else {"message": str(error)}
    code = told.get("code")
    message = str(told.get("message") or error)
    if isinstance(code, int) or (isinstance(code, str) and code.isdecimal()):
        return status_error(int(code), message, {}, error)
    return RequestError(f"the server reports an error: {message}")


def input_tokens(usage: Any) -> tuple[Tokens | None, int | None]:
    """Return the input tokens by modality, if the server counts them so, and the number of all input tokens."""
    total = getattr(usage, "prompt_tokens", None)
    details = getattr(usage, "prompt_tokens_details", None)
    audio, video, images = (getattr(details, f"{kind}_tokens", None) for kind in ("audio", "video", "image"))
    if video is not None or images is not None:
        video = (video or 0) + (images or 0)
    if total is None or audio is None or video is None:
        return None, total
    return Tokens(video=video, audio=audio, text=max(0, total - audio - video)), total
