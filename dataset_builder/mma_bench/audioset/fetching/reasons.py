"""Why a clip could not be had: the words of servers and of yt-dlp, sorted into reasons."""

from __future__ import annotations

import re
from typing import Literal

from mma_bench.core.errors import MMABenchError

Reason = Literal[
    "unavailable",  # removed, never there, or not to be had as a video
    "private",  # for those whom the owner lets in
    "age",  # for accounts that say how old they are
    "geography",  # not in this country
    "bot_check",  # the service wants to see a person
    "network",  # the way there: time-outs, broken transfers, 429, 5xx
    "too_short",  # the recording ends before the clip does
    "no_picture",
    "no_sound",
    "corrupt",  # what came is not a recording that can be read
    "other",  # said in words that none of the patterns knows
]
"""The `reason` column of the attrition table."""

PASSING: frozenset[Reason] = frozenset({"bot_check", "network", "other"})
"""Reasons that lie with us or with the day: running `fetch` again tries these clips again."""

# The first that fits counts. What ties the refusal to us comes before what sounds alike and is said of the clip: "Sign
# in to confirm you're not a bot" before "Sign in ...". Apostrophes are written both ways.
_SAYING: tuple[tuple[str, Reason], ...] = (
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

_OF_STATUS: dict[int, Reason] = {401: "private", 404: "unavailable", 410: "unavailable", 451: "geography"}


class FetchError(MMABenchError):
    """One clip could not be had. A fetch records it and goes on."""

    def __init__(self, reason: Reason, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail
        self.retry_after = retry_after
        """Seconds that the server asks us to wait before anything else; None if it does not."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"

    def __reduce__(self) -> tuple[object, ...]:  # keyword arguments do not survive pickling otherwise
        return _rebuilt, (self.reason, self.detail, self.retry_after)


def _rebuilt(reason: Reason, detail: str, retry_after: float | None) -> FetchError:
    return FetchError(reason, detail, retry_after=retry_after)


def reason_of(message: str, status: int | None = None, *, loading: bool = False) -> Reason:
    """Sort a refusal.

    Args:
        message: what yt-dlp said.
        status: the HTTP status it got, if any.
        loading: the recording had been found, and loading it failed. A refusal (403) there is of an address that has
            expired or of us, not of the recording.

    >>> reason_of("Sign in to confirm you\u2019re not a bot. Use --cookies"), reason_of("Private video. Sign in if ...")
    ('bot_check', 'private')
    >>> reason_of("HTTP Error 403: Forbidden", 403), reason_of("HTTP Error 403: Forbidden", 403, loading=True)
    ('private', 'network')
    """
    if status in _OF_STATUS:
        return _OF_STATUS[status]
    if status == 403:
        return "network" if loading else "private"
    if status is not None and (status == 429 or status >= 500):
        return "network"
    return next((reason for words, reason in _SAYING if re.search(words, message, re.IGNORECASE)), "other")
