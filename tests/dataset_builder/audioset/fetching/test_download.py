"""Download from a server that fails in the ways that servers on the web do."""

from pathlib import Path

import pytest

from media_server import (
    Fault,
    MediaServer,
    broken,
    forbidden,
    garbage,
    gone,
    legal,
    missing,
    needs_cookie,
    not_media,
    redirect,
    server_error,
    stalled,
    too_many,
    unavailable,
    wrong_type,
)
from mma_bench.audioset.fetching.download import download
from mma_bench.audioset.fetching.options import yt_dlp_options
from mma_bench.audioset.fetching.reasons import FetchError
from mma_bench.core.errors import OptionsError


@pytest.fixture
def server(clip: Path):
    with MediaServer({"clip.mp4": clip, "other.mp4": clip, "a b;$(x)%.mp4": clip}) as running:
        yield running


@pytest.fixture
def get(server: MediaServer, tmp_path: Path):
    def run(name: str = "clip.mp4", **access: object):
        folder = tmp_path / "download"
        folder.mkdir()
        access = {"socket_timeout": 1, "retries": 0, **access}
        return download(server.url(name), folder, max_height=720, access=access)

    return run


def test_a_recording_comes_whole_into_the_folder(get, clip, tmp_path):
    video, audio = get()
    assert video == audio
    assert video.read_bytes() == clip.read_bytes()
    assert video.parent == tmp_path / "download"


@pytest.mark.parametrize("name", ["other.mp4", "a b;$(x)%.mp4"])
def test_nothing_that_the_server_says_becomes_a_path(server, get, tmp_path, name):
    server.faults["clip.mp4"] = redirect(name)
    assert get()[0].parent == tmp_path / "download"
    assert [p.name for p in tmp_path.iterdir()] == ["download"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (missing(), "unavailable"),
        (gone(), "unavailable"),
        (Fault(404, after=1), "unavailable"),  # found, and gone before it was loaded
        (forbidden(), "private"),
        (forbidden(after=1), "network"),
        (Fault(401), "private"),
        (legal(), "geography"),
        (not_media(), "unavailable"),
        (redirect("nowhere.mp4"), "unavailable"),
        (too_many(None), "network"),
        (too_many(None, after=1), "network"),
        (unavailable(None), "network"),
        (unavailable(None, after=1), "network"),
        (server_error(), "network"),
        (server_error(after=1), "network"),
        (broken(None, after=1), "network"),
        (stalled(after=1), "network"),
        (Fault(body=lambda _: b""), "network"),
    ],
)
def test_a_refusal_or_a_failure_is_given_its_reason(server, get, fault, reason):
    server.faults["clip.mp4"] = fault
    with pytest.raises(FetchError) as caught:
        get()
    assert caught.value.reason == reason
    assert caught.value.detail
    assert not caught.value.detail.startswith("ERROR")
    assert "\x1b" not in caught.value.detail


def test_of_an_address_that_leads_to_a_list_nothing_is_loaded(server, get, tmp_path):
    feed = "".join(
        f"<item><title>x</title><link>{server.url(name)}</link></item>" for name in ("clip.mp4", "other.mp4")
    )
    page = f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{feed}</channel></rss>'.encode()
    server.faults["clip.mp4"] = Fault(content_type="text/xml", body=lambda _: page)
    with pytest.raises(FetchError, match="unavailable: the address leads to a list"):
        get()
    assert [request.path for request in server.log] == ["clip.mp4"] * len(server.log)


def test_an_address_where_nobody_listens_is_the_networks_reason(tmp_path):
    with pytest.raises(FetchError) as caught:
        download("http://127.0.0.1:9/clip.mp4", tmp_path, max_height=720, access={})
    assert caught.value.reason == "network"


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("fault", [too_many, unavailable])
def test_how_long_a_server_asks_to_wait_is_known_whatever_stage_it_asks_at(server, get, fault, after):
    server.faults["clip.mp4"] = fault(None, "7", after=after)
    with pytest.raises(FetchError) as caught:
        get()
    assert caught.value.retry_after == 7


def test_it_may_ask_by_a_date(server, get):
    server.faults["clip.mp4"] = too_many(None, "Wed, 01 Jan 2200 00:00:00 GMT")
    with pytest.raises(FetchError) as caught:
        get()
    assert caught.value.retry_after > 1e9


def test_a_defect_of_an_extractor_costs_its_clip_and_not_the_run(get):
    with pytest.raises(FetchError, match="other: TypeError"):
        get(http_headers=5)


def test_a_broken_transfer_is_taken_up_again_by_itself(server, get, clip):
    server.faults["clip.mp4"] = broken(1, after=1)
    assert get(retries=2)[0].read_bytes() == clip.read_bytes()
    assert server.log[-1].range is not None


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "application/octet-stream"])
def test_media_under_a_wrong_type_are_loaded_all_the_same(server, get, clip, content_type):
    server.faults["clip.mp4"] = wrong_type(content_type)
    assert get()[0].read_bytes() == clip.read_bytes()


def test_noise_is_loaded_for_only_reading_it_tells(server, get):
    server.faults["clip.mp4"] = garbage(1000)
    assert get()[0].stat().st_size == 1000


COOKIES = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tpass\tword\n"


def test_cookies_of_the_user_open_doors_and_stay_as_they_are(server, get, tmp_path):
    server.faults["clip.mp4"] = needs_cookie("pass", "word")
    (tmp_path / "cookies.txt").write_text(COOKIES)
    access = yt_dlp_options(("--cookies", str(tmp_path / "cookies.txt")))
    assert get(**access)[0].is_file()
    assert (tmp_path / "cookies.txt").read_text() == COOKIES


def test_without_them_the_door_stays_shut(server, get):
    server.faults["clip.mp4"] = needs_cookie("pass", "word")
    with pytest.raises(FetchError, match="private"):
        get()


def test_a_file_that_holds_no_cookies_is_an_error_that_says_so(get, tmp_path):
    (tmp_path / "cookies.txt").write_text("hello")
    with pytest.raises(FetchError, match="cookies"):
        get(**yt_dlp_options(("--cookies", str(tmp_path / "cookies.txt"))))


def test_a_proxy_is_gone_through(server, get):
    """A proxy gets the whole address in the request line; our server takes it for a path."""
    with pytest.raises(FetchError):
        get(proxy=f"http://127.0.0.1:{server.url('').rsplit(':', 1)[1].rstrip('/')}/", name="../elsewhere.mp4")
    assert server.log


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--exec", "touch x"), "postprocessors; only options for access and download speed"),
        (("-o", "/etc/passwd"), "outtmpl; only options for access and download speed"),
        (("-f", "worst"), "format; only options for access and download speed"),
        (("--match-filter", "x"), "match_filter; only options for access and download speed"),
        (("--enable-file-urls",), "enable_file_urls; only options for access and download speed"),
        (("--download-archive", "x"), "download_archive; only options for access and download speed"),
        (("--ignore-errors",), "ignoreerrors; only options for access and download speed"),
        (("--nonsense",), "no such option: --nonsense"),
        (("http://127.0.0.1/",), "only yt-dlp options may follow --"),
        (("--cookies", "/nowhere/cookies.txt"), "no such file"),
    ],
)
def test_options_that_are_not_about_access_are_refused(arguments, message):
    with pytest.raises(OptionsError, match=message):
        yt_dlp_options(arguments)


def test_options_about_access_and_pace_are_passed_on():
    given = yt_dlp_options(("--proxy", "socks5://x", "--limit-rate", "1M", "--sleep-requests", "2"))
    assert given == {"proxy": "socks5://x", "ratelimit": 1048576, "sleep_interval_requests": 2.0}
