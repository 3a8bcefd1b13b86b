"""What a fetch is asked to do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from mma_bench.errors import OptionsError
from mma_bench.fetching.reasons import PASSING, Reason


@dataclass(frozen=True, kw_only=True)
class FetchOptions:
    """The options of `mma-bench fetch`.

    Raises:
        OptionsError: a value is impossible.
    """

    manifest: Path
    out: Path = Path("clips")
    """The folder of clips; `attrition.csv` in it accounts for each."""
    jobs: int = 4
    """Downloads at a time, each in a process of its own."""
    pause: float = 1.0
    """Seconds between the beginnings of two downloads, at least."""
    attempts: int = 4
    """Tries per clip where the network fails."""
    backoff: float = 5.0
    """Seconds before the second try; twice as many before each further one."""
    timeout: float = 900.0
    """Seconds that a try may take."""
    min_seconds: float = 3.0
    """A recording that ends before its clip does is kept if it has so much of it. AudioSet's times are not always those
    of the recording, and among the clips that the authors show are some of 5 s."""
    max_height: int = 720
    """Pixels: larger recordings are not asked for where there are smaller ones, and are scaled down where not."""
    retry: tuple[str, ...] = ()
    """Reasons besides `PASSING`: clips that an earlier run lost for them are tried again."""
    limit: int | None = None
    """Clips per split, evenly over the classes: to try it out."""
    yt_dlp: tuple[str, ...] = field(default=())
    """Command-line options of yt-dlp, such as `--cookies FILE` or `--proxy URL`."""

    def __post_init__(self) -> None:
        for name, value, least in (
            ("--jobs", self.jobs, 1),
            ("--pause", self.pause, 0),
            ("--attempts", self.attempts, 1),
            ("--backoff", self.backoff, 0),
            ("--timeout", self.timeout, 1),
            ("--min-seconds", self.min_seconds, 0.5),
            ("--max-height", self.max_height, 16),
            ("--limit", self.limit, 1),
        ):
            if value is not None and not least <= value < math.inf:
                raise OptionsError(f"{name} {value}: expected at least {least}")
        unknown = [reason for reason in self.retry if reason not in get_args(Reason)]
        if unknown:
            raise OptionsError(f"--retry {unknown[0]}: expected one of {', '.join(get_args(Reason))}")

    def tries_again(self, reason: str) -> bool:
        """Whether clips that were lost for this reason are tried again."""
        return reason in PASSING or reason in self.retry


# Of yt-dlp's many options those that say who we are and how we reach the server. The others would move or convert what
# it writes, run programs, or change what is downloaded and how errors come.
_ALLOWED = frozenset(
    {
        *("cookiefile", "cookiesfrombrowser", "username", "password", "videopassword", "usenetrc", "netrc_location"),
        *("client_certificate", "client_certificate_key", "client_certificate_password"),
        *("proxy", "geo_verification_proxy", "geo_bypass", "geo_bypass_country", "geo_bypass_ip_block"),
        *(
            "source_address",
            "nocheckcertificate",
            "legacyserverconnect",
            "prefer_insecure",
            "impersonate",
            "http_headers",
        ),
        *("ratelimit", "sleep_interval", "max_sleep_interval", "sleep_interval_requests", "socket_timeout"),
        *("http_chunk_size", "extractor_args", "js_runtimes", "remote_components", "cachedir"),
    }
)


def yt_dlp_options(arguments: tuple[str, ...]) -> dict[str, Any]:
    """yt-dlp's parameters from its own command-line options.

    Raises:
        OptionsError: yt-dlp is not installed, does not know an option, or the option is none about access and pace.
    """
    try:
        import yt_dlp
    except ImportError as error:
        raise OptionsError("fetching needs yt-dlp: pip install 'mma-bench[fetch]'") from error
    import optparse

    try:
        parsed, usual = yt_dlp.parse_options(list(arguments)), yt_dlp.parse_options([]).ydl_opts
    except (optparse.OptParseError, SystemExit, ValueError) as error:
        said = str(error).rpartition("error: ")[2].strip()
        raise OptionsError(f"yt-dlp's options {' '.join(arguments)}: {said}") from error
    if parsed.urls:
        raise OptionsError(f"{parsed.urls[0]}: after -- come options of yt-dlp only, the clips are the manifest's")
    given = {name: value for name, value in parsed.ydl_opts.items() if not _alike(value, usual.get(name))}
    refused = sorted(given.keys() - _ALLOWED)
    if refused:
        raise OptionsError(
            f"yt-dlp's {', '.join(refused)}: only options about access and pace are passed on, such as --cookies, "
            "--cookies-from-browser, --proxy, --limit-rate, --extractor-args"
        )
    cookies = given.get("cookiefile")
    if cookies and not Path(cookies).is_file():
        raise OptionsError(f"--cookies {cookies}: no such file")
    return given


def _alike(value: object, usual: object) -> bool:
    return value == usual or (callable(value) and callable(usual))  # functions are made anew at each call
