"""What goes wrong between here and the Hub: what passes by itself, and what it means for who publishes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from json import JSONDecodeError
from typing import Any

from mma_bench.core.errors import first_line
from mma_bench.hub.target import HubError, Target

_PASSING = (429, 500, 502, 503, 504)
_LONGEST_WAIT = 300.0
_MEANINGS: Mapping[int, str] = {
    400: "it was not accepted",
    401: "there is no valid token; `hf auth login`, or set HF_TOKEN",
    402: "the account does not include that",
    403: "the token may not write there; make one with write access to it (huggingface.co/settings/tokens)",
    404: "there is no such repository, or the token may not see it",
    409: "somebody changed it at the same time; run the same command again",
    412: "somebody published at the same time; look at what they did, then run the same command again",
}


def client_errors() -> tuple[type[Exception], ...]:
    """What the Hub's client raises: its HTTP library's errors, and for large files others around them."""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    return HTTPError, OSError, RuntimeError, ValueError


def passes(error: BaseException) -> bool:
    """Whether it may be gone in a moment: the network's failures, and what the Hub says of itself.

    Large files the client has tried again by itself, for half a minute; it wraps what remains.
    """
    from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled  # type: ignore[attr-defined]

    if isinstance(error, RuntimeError):
        return False
    response = _response(error)
    if response is not None:
        return response.status_code in _PASSING
    return any(
        isinstance(e, HTTPError | ConnectionError | TimeoutError | JSONDecodeError)
        and not isinstance(e, OfflineModeIsEnabled)
        for e in _chain(error)
    )


def told_to_wait(error: BaseException) -> float | None:
    """Seconds that the Hub asks for."""
    response = _response(error)
    told = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(told), _LONGEST_WAIT) if told.isdigit() else None


def content_refused(error: BaseException) -> str:
    """What the Hub has against the content of a commit; empty where it was something else."""
    response = _response(error)
    return _said(error, response) if response is not None and response.status_code == 400 else ""


def explained(error: BaseException, target: Target, endpoint: str, *, sent: bool) -> HubError:
    """A failure in words.

    Args:
        error: as the Hub's client raised it.
        target: what was to be changed.
        endpoint: of the Hub.
        sent: whether the commit may have been made, though its answer was lost.
    """
    response = _response(error)
    done = (
        "what was to be published may be there; run the same command again, it looks"
        if sent
        else "nothing was published; run the same command again, it goes on where it stopped"
    )
    if response is None:
        cause = first_line(list(_chain(error))[-1])
        what = f"{endpoint} does not answer" if passes(error) else f"no way to {endpoint}"
        return HubError(f"--to {target.id}: {what} ({cause}); {done}")
    meaning = _MEANINGS.get(response.status_code, done)
    return HubError(f"--to {target.id}: {meaning} (the Hub says {response.status_code}: {_said(error, response)})")


def _said(error: BaseException, response: Any) -> str:
    return str(response.headers.get("X-Error-Message") or first_line(list(_chain(error))[-1]))


def _response(error: BaseException) -> Any:
    return next((r for e in _chain(error) if (r := getattr(e, "response", None)) is not None), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__
