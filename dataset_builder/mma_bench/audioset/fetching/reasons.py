"""Classify why a clip could not be fetched, from HTTP status codes and yt-dlp messages."""

import re
from typing import Literal

from mma_bench.core.errors import MMABenchError

Reason = Literal[
    "unavailable",  # removed, never existed, or not a video
    "private",  # restricted by the owner
    "age",  # restricted by age
    "geography",  # blocked in this country
    "bot_check",  # the service asks to confirm that the client is not a bot
    "network",  # time-outs, broken transfers, 429, 5xx
    "too_short",  # the recording ends before the clip does
    "no_picture",
    "no_sound",
    "corrupt",  # the download is not a readable recording
    "other",  # a message that matches no pattern
]
"""The `reason` column of the attrition table."""

TRANSIENT: frozenset[Reason] = frozenset({"bot_check", "network", "other"})
"""Reasons that may be temporary; the next run of `fetch` retries clips lost for one of them."""

# The first match counts. Messages that refuse the client come before similar ones about the clip: "Sign in to confirm
# you're not a bot" before "Sign in ...". Apostrophes occur in both forms.
_PATTERNS: tuple[tuple[str, Reason], ...] = (
    (r"not a bot|captcha|unusual traffic", "bot_check"),
    (r"rate.?limited|try again later|content isn.t available\b|too many requests", "network"),
    (r"in your country|from your location|geo.?restrict|in your region", "geography"),
    (r"confirm your age|age.?restricted|inappropriate for some users", "age"),
    (r"private|members.only|available to .{0,40}members|join this channel|requires payment|purchase|log.?in required",
     "private"),
    (r"unavailable|not available|no longer available|removed|terminated|does not exist|copyright|premieres in"
     r"|live event|processing this video|unsupported url|no video formats|drm.protected|requested format"
     r"|is not a valid url",
     "unavailable"),
    (r"timed out|connection|resolve|resolution|bytes read|expected \d+ bytes|data blocks|network|unreachable|reset"
     r"|\bssl\b|\btls\b|certificate|http error \d|remote end closed|incomplete", "network"),
)  # fmt: skip

_BY_STATUS: dict[int, Reason] = {401: "private", 404: "unavailable", 410: "unavailable", 451: "geography"}


class FetchError(MMABenchError):
    """A clip could not be fetched. The run records the reason and continues."""

    def __init__(self, reason: Reason, detail: str, retry_after: float | None = None) -> None:
        super().__init__(reason, detail, retry_after)  # unpickling passes `args` to __init__
        self.reason: Reason = reason
        self.detail = detail
        self.retry_after = retry_after
        """Seconds to wait before the next request, as requested by the server; None if it requests no wait."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


def reason_of(message: str, status: int | None = None, *, loading: bool = False) -> Reason:
    """Classify the failure of a download.

    Args:
        message: the error message of yt-dlp.
        status: the HTTP status of the failed request, if any.
        loading: True if the recording was found, but downloading it failed. Status 403 then means that the URL has
            expired or the client is refused, not that the recording is private.

    >>> reason_of("Sign in to confirm you\u2019re not a bot. Use --cookies"), reason_of("Private video. Sign in if ...")
    ('bot_check', 'private')
    >>> reason_of("HTTP Error 403: Forbidden", 403), reason_of("HTTP Error 403: Forbidden", 403, loading=True)
    ('private', 'network')
    """
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status == 403:
        return "network" if loading else "private"
    if status is not None and (status == 429 or status >= 500):
        return "network"
    return next((reason for words, reason in _PATTERNS if re.search(words, message, re.IGNORECASE)), "other")
