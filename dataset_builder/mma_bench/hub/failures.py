"""Errors of the Hub: which are transient, and what they mean for the publisher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from json import JSONDecodeError
from typing import Any

from mma_bench.core.errors import first_line
from mma_bench.hub.target import HubError, Target

_TRANSIENT = (429, 500, 502, 503, 504)
_MAX_WAIT = 300.0
_MEANINGS: Mapping[int, str] = {
    400: "it was not accepted",
    401: "there is no valid token; `hf auth login`, or set HF_TOKEN",
    402: "the account does not include that",
    403: "the token may not write there; make one with write access to it (huggingface.co/settings/tokens)",
    404: "there is no such repository, or the token may not see it",
    409: "the repository changed at the same time; run the same command again",
    412: "somebody published at the same time; look at their change, then run the same command again",
}


def client_errors() -> tuple[type[Exception], ...]:
    """Return the types of error that the Hub's client raises; uploads of large files wrap those of its HTTP library."""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    return HTTPError, OSError, RuntimeError, ValueError


def is_transient(error: BaseException) -> bool:
    """Return whether a retry may succeed: errors of the network, overload and outages of the Hub.

    The client retries large files itself for half a minute and wraps the last error in a RuntimeError.
    """
    from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled  # type: ignore[attr-defined]

    if isinstance(error, RuntimeError):
        return False
    response = _response(error)
    if response is not None:
        return response.status_code in _TRANSIENT
    return any(
        isinstance(e, HTTPError | ConnectionError | TimeoutError | JSONDecodeError)
        and not isinstance(e, OfflineModeIsEnabled)
        for e in _chain(error)
    )


def retry_after(error: BaseException) -> float | None:
    """Return the seconds that the Hub asks to wait; None if it does not."""
    response = _response(error)
    told = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(told), _MAX_WAIT) if told.isdigit() else None


def content_refused(error: BaseException) -> str:
    """Return why the Hub rejected the content of a commit; empty for any other error."""
    response = _response(error)
    return _said(error, response) if response is not None and response.status_code == 400 else ""


def explain(error: BaseException, target: Target, endpoint: str, *, sent: bool) -> HubError:
    """Turn an error of the Hub's client into one that says what happened and what to do.

    Args:
        error: the error.
        target: the repository.
        endpoint: address of the Hub.
        sent: the commit was sent and may have been made, though its answer was lost.
    """
    response = _response(error)
    done = (
        "the commit may have been made; run the same command again, it checks"
        if sent
        else "nothing was published; run the same command again, it continues"
    )
    if response is None:
        cause = first_line(list(_chain(error))[-1])
        what = f"{endpoint} does not answer" if is_transient(error) else f"{endpoint} cannot be reached"
        return HubError(f"--to {target.id}: {what} ({cause}); {done}")
    meaning = _MEANINGS.get(response.status_code, done)
    return HubError(f"--to {target.id}: {meaning} (the Hub says {response.status_code}: {_said(error, response)})")


def _said(error: BaseException, response: Any) -> str:
    return str(response.headers.get("X-Error-Message") or first_line(list(_chain(error))[-1]))


def _response(error: BaseException) -> Any:
    return next((r for e in _chain(error) if (r := getattr(e, "response", None)) is not None), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    while error is not None:
        yield error
        error = error.__cause__
