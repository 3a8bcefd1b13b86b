"""Classify errors of the Hub's client and explain them to the user."""

from collections.abc import Iterator, Mapping
from json import JSONDecodeError
from typing import Any

from mma_bench.core.errors import first_line
from mma_bench.hub.publication import HubError, Target

_MEANINGS: Mapping[int, str] = {
    400: "the request was rejected",
    401: "no valid token; run `hf auth login` or set HF_TOKEN",
    402: "the account's plan does not cover this upload; change the plan, or publish to another account",
    403: "the token has no write access; create one with write access at huggingface.co/settings/tokens",
    404: "no such repository, or the token has no access to it; check the name and the token",
    409: "the repository changed during the upload; run the same command again",
    412: "somebody else published during the upload; review their change, then run the same command again",
}


def client_errors() -> tuple[type[Exception], ...]:
    """Return the exception types that the Hub's client raises; it wraps some HTTP errors in a RuntimeError."""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    return HTTPError, OSError, RuntimeError, ValueError


def is_transient(error: BaseException) -> bool:
    """Return whether a retry may succeed, as after a network error, a rate limit or an outage of the Hub.

    A RuntimeError is not transient: the client raises it after retrying a large file for half a minute.
    """
    from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled  # type: ignore[attr-defined]

    if isinstance(error, RuntimeError):
        return False
    response = _response(error)
    if response is not None:
        return response.status_code in (429, 500, 502, 503, 504)
    return any(
        isinstance(e, HTTPError | ConnectionError | TimeoutError | JSONDecodeError)
        and not isinstance(e, OfflineModeIsEnabled)
        for e in _chain(error)
    )


def retry_after(error: BaseException) -> float | None:
    """Return the delay in seconds that the Hub requests (Retry-After), at most 300; None if it requests none."""
    response = _response(error)
    told = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(told), 300.0) if told.isdigit() else None


def content_refused(error: BaseException) -> str:
    """Return the Hub's reason for rejecting a commit (HTTP 400); empty for any other error."""
    response = _response(error)
    return _said(error, response) if response is not None and response.status_code == 400 else ""


def explain(error: BaseException, target: Target, endpoint: str, *, sent: bool) -> HubError:
    """Convert an error of the Hub's client into a HubError that states what happened and what to do.

    If the commit was `sent`, it may have succeeded even though the response was lost.
    """
    response = _response(error)
    done = (
        "the commit may have succeeded; run the same command again to check"
        if sent
        else "nothing was published; run the same command again to resume"
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
    """Yield an error and its chain of causes."""
    while error is not None:
        yield error
        error = error.__cause__
