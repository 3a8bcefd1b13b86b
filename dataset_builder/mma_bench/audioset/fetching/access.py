"""Pass access options to yt-dlp: cookies, proxies, rates."""

import optparse
from pathlib import Path

from mma_bench.core.errors import OptionsError
from mma_bench.core.records import Json

# Options of yt-dlp for identity and connection. Others would move or convert its files, run programs, or change what is
# downloaded and how errors are reported.
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


def yt_dlp_options(arguments: tuple[str, ...]) -> dict[str, Json]:
    """Parse command-line options of yt-dlp into its parameters.

    Raises:
        OptionsError: yt-dlp is not installed or does not know an option, or the option is not allowed here.
    """
    try:
        import yt_dlp
    except ImportError as error:
        raise OptionsError("fetching needs yt-dlp: pip install 'mma-bench[fetch]'") from error
    try:
        parsed, usual = yt_dlp.parse_options(list(arguments)), yt_dlp.parse_options([]).ydl_opts
    except (optparse.OptParseError, SystemExit, ValueError) as error:
        said = str(error).rpartition("error: ")[2].strip()
        raise OptionsError(f"yt-dlp rejects the options {' '.join(arguments)}: {said}") from error
    if parsed.urls:
        raise OptionsError(f"{parsed.urls[0]}: only options of yt-dlp may follow --; the clips come from the manifest")
    given = {
        name: value for name, value in parsed.ydl_opts.items() if not _alike(value, usual.get(name)) and name[0] != "_"
    }
    refused = sorted(given.keys() - _ALLOWED)
    if refused:
        raise OptionsError(
            f"yt-dlp's {', '.join(refused)}: only options about access and pace are passed on, such as --cookies, "
            "--cookies-from-browser, --proxy, --limit-rate, --extractor-args"
        )
    cookies = given.get("cookiefile")
    if cookies and not Path(cookies).is_file():
        raise OptionsError(f"--cookies {cookies}: no such file; check the path")
    return given


def _alike(value: object, usual: object) -> bool:
    return value == usual or (callable(value) and callable(usual))  # yt-dlp creates its functions anew at each call
