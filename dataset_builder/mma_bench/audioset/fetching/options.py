"""The options of `mma-bench fetch`, and the yt-dlp options that it passes on: cookies, proxies, rate limits."""

import math
import optparse
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_args

import typer

from mma_bench.audioset.fetching.reasons import Reason
from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Json

# yt-dlp parameters for authentication, connection and rate limits. Others would move or convert its files, run
# programs, or change what is downloaded and how errors are reported.
_ALLOWED = frozenset(
    {
        *("cookiefile", "cookiesfrombrowser", "username", "password", "videopassword", "usenetrc", "netrc_location"),
        *("client_certificate", "client_certificate_key", "client_certificate_password"),
        *("proxy", "geo_verification_proxy", "geo_bypass", "geo_bypass_country", "geo_bypass_ip_block"),
        *("source_address", "nocheckcertificate", "legacyserverconnect", "prefer_insecure", "impersonate"),
        "http_headers",
        *("ratelimit", "sleep_interval", "max_sleep_interval", "sleep_interval_requests", "socket_timeout"),
        *("http_chunk_size", "extractor_args", "js_runtimes", "remote_components", "cachedir"),
    }
)


@dataclass(frozen=True, kw_only=True)
class FetchOptions:
    """The options of `mma-bench fetch`. Raises OptionsError if a value is invalid."""

    manifest: Annotated[
        str,
        typer.Argument(help="The manifest, such as `mma-bench curate` writes; or a dataset, such as org/mma-bench."),
    ]
    yt_dlp: Annotated[
        tuple[str, ...],
        typer.Argument(metavar="-- YT_DLP_OPTIONS", help="Such as `-- --cookies FILE --proxy URL`."),
    ] = ()
    out: Annotated[Path, typer.Option(help="The folder to write clips into.")] = Path("clips")
    jobs: Annotated[int, typer.Option(help="Concurrent downloads.")] = 4
    pause: Annotated[float, typer.Option(help="Seconds between the starts of two downloads.")] = 1.0
    attempts: Annotated[int, typer.Option(help="Attempts per clip when the network fails.")] = 4
    backoff: Annotated[float, typer.Option(help="Seconds before the second attempt, doubled for each further one.")] = (
        5.0
    )
    timeout: Annotated[float, typer.Option(help="Seconds that an attempt may take.")] = 900.0
    min_seconds: Annotated[
        float, typer.Option(help="Seconds of its clip that a recording which ends early must have.")
    ] = 3.0
    """The default is below 10 s because AudioSet's times are inexact, and some of the authors' clips last only 5 s."""
    max_height: Annotated[int, typer.Option(help="Height in pixels above which recordings are scaled down.")] = 720
    """A format of at most this height is downloaded if available; otherwise the clip is scaled down."""
    retry: Annotated[
        tuple[str, ...],
        typer.Option(help="Repeatable: try clips again that were lost for this reason, such as `private`."),
    ] = ()
    """Reasons, besides those in `TRANSIENT`, for which lost clips are fetched again."""
    limit: Annotated[int | None, typer.Option(help="Clips per split, evenly over the classes, for a trial.")] = None

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
                finite = "a finite number, " if value == math.inf else ""
                raise OptionsError(f"{name} {value}: out of range; expected {finite}at least {least}")
        unknown = [reason for reason in self.retry if reason not in get_args(Reason)]
        if unknown:
            raise OptionsError(f"--retry {unknown[0]}: unknown reason; expected one of {', '.join(get_args(Reason))}")


def yt_dlp_options(arguments: tuple[str, ...]) -> dict[str, Json]:
    """Parse yt-dlp command-line options into yt-dlp parameters.

    Raises OptionsError if yt-dlp is not installed or rejects the options, or if an option is not allowed here.
    """
    try:
        import yt_dlp
    except ImportError as error:
        raise OptionsError("fetching needs yt-dlp; install it with pip install 'mma-bench[fetch]'") from error
    try:
        parsed, usual = yt_dlp.parse_options(list(arguments)), yt_dlp.parse_options([]).ydl_opts
    except (optparse.OptParseError, SystemExit, ValueError) as error:
        said = str(error).rpartition("error: ")[2].strip()
        why = "they end it before any download" if isinstance(error, SystemExit) else said
        raise OptionsError(f"yt-dlp rejects the options {' '.join(arguments)}: {why}; correct or omit them") from error
    if parsed.urls:
        raise OptionsError(f"unexpected argument {parsed.urls[0]}: only yt-dlp options may follow --; omit it")
    given = {
        name: value
        for name, value in parsed.ydl_opts.items()
        # yt-dlp creates its functions anew at each call.
        if name[0] != "_" and value != usual.get(name) and not (callable(value) and callable(usual.get(name)))
    }
    refused = sorted(given.keys() - _ALLOWED)
    if refused:
        raise OptionsError(
            f"yt-dlp parameters not allowed here: {', '.join(refused)}; only options for access and download speed are "
            "passed on, such as --cookies, --cookies-from-browser, --proxy, --limit-rate, --extractor-args"
        )
    cookies = given.get("cookiefile")
    if cookies and not Path(cookies).is_file():
        raise OptionsError(f"--cookies {cookies}: no such file; check the path")
    return given
