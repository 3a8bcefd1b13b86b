"""The web as tests have it: every fault seen by a client that is not ours."""

import http.client
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from media_server import (
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
    slow,
    stalled,
    too_many,
    truncated,
    unavailable,
    wrong_type,
)

BODY = bytes(range(256)) * 2000


@pytest.fixture
def server(tmp_path):
    with MediaServer({"a b.mp4": BODY, "other.mp4": b"other"}, tmp_path / "requests.log") as running:
        yield running


def get(server, name="a b.mp4", method="GET", **headers):
    with urlopen(Request(server.url(name), headers=headers, method=method), timeout=5) as answer:
        return answer.status, answer.headers, answer.read()


def refusal(server, name="a b.mp4"):
    with pytest.raises(HTTPError) as refused:
        get(server, name)
    with refused.value as answer:
        return answer.status, answer.headers["Retry-After"]


def test_a_file_is_served_as_video_of_its_length(server):
    status, headers, body = get(server)
    assert (status, headers["Content-Type"], headers["Accept-Ranges"]) == (200, "video/mp4", "bytes")
    assert headers["Content-Length"] == str(len(BODY))
    assert body == BODY


def test_a_folder_is_served_file_by_file(tmp_path):
    (tmp_path / "one.mp4").write_bytes(b"one")
    with MediaServer(tmp_path) as server:
        assert get(server, "one.mp4")[2] == b"one"
        assert refusal(server, "two.mp4")[0] == 404


def test_a_head_tells_the_length_and_sends_nothing(server):
    status, headers, body = get(server, method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(BODY)), b"")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=100-199", 100, 200), ("bytes=1000-", 1000, len(BODY)), ("bytes=-50", len(BODY) - 50, len(BODY))],
)
def test_a_range_is_answered_with_that_part(asked, start, end, server):
    status, headers, body = get(server, Range=asked)
    assert (status, headers["Content-Range"]) == (206, f"bytes {start}-{end - 1}/{len(BODY)}")
    assert body == BODY[start:end]


def test_a_range_behind_the_end_cannot_be_satisfied(server):
    with pytest.raises(HTTPError) as refused:
        get(server, Range=f"bytes={len(BODY)}-")
    with refused.value as answer:
        assert answer.status == 416


def test_the_log_holds_what_was_asked_for_in_order(server, tmp_path):
    get(server, method="HEAD")
    get(server, Range="bytes=5-")
    refusal(server, "nothing.mp4")
    assert [(r.method, r.path, r.range, r.status) for r in server.log] == [
        ("HEAD", "a b.mp4", None, 200),
        ("GET", "a b.mp4", "bytes=5-", 206),
        ("GET", "nothing.mp4", None, 404),
    ]
    assert server.log[0].time <= server.log[1].time <= time.monotonic()
    assert len((tmp_path / "requests.log").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("fault", "status"),
    [(missing(), 404), (gone(), 410), (forbidden(), 403), (legal(), 451), (server_error(), 500)],
)
def test_a_refusal_stands(fault, status, server):
    server.faults["a b.mp4"] = fault
    assert [refusal(server)[0] for _ in range(3)] == [status] * 3
    assert get(server, "other.mp4")[0] == 200


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [
        (too_many(), 429, "1"),
        (too_many(retry_after=None), 429, None),
        (too_many(retry_after="Wed, 21 Oct 2037 07:28:00 GMT"), 429, "Wed, 21 Oct 2037 07:28:00 GMT"),
        (unavailable(), 503, None),
        (server_error(times=1), 500, None),
    ],
)
def test_a_passing_refusal_passes(fault, status, retry_after, server):
    server.faults["a b.mp4"] = fault
    assert refusal(server) == (status, retry_after)
    assert get(server)[2] == BODY


def test_a_fault_can_wait_until_the_file_was_looked_at(server):
    server.faults["a b.mp4"] = too_many(times=1, after=1)
    assert get(server)[0] == 200
    assert refusal(server)[0] == 429
    assert get(server)[0] == 200


def test_a_head_does_not_use_up_a_fault(server):
    server.faults["a b.mp4"] = broken(times=1)
    assert get(server, method="HEAD")[0] == 200
    with pytest.raises(http.client.IncompleteRead):
        get(server)


def test_a_broken_transfer_ends_in_the_middle_and_can_be_continued(server):
    server.faults["a b.mp4"] = broken(times=1)
    with pytest.raises(http.client.IncompleteRead) as broke:
        get(server)
    received = broke.value.partial
    assert received == BODY[: len(BODY) // 2]
    assert received + get(server, Range=f"bytes={len(received)}-")[2] == BODY


def test_a_stalled_transfer_sends_nothing_more_and_does_not_end(server):
    server.faults["a b.mp4"] = stalled()
    with urlopen(server.url("a b.mp4"), timeout=0.3) as answer:
        assert answer.read(len(BODY) // 2) == BODY[: len(BODY) // 2]
        with pytest.raises(TimeoutError):
            answer.read(1)


def test_a_stalled_transfer_ends_with_the_server():
    with MediaServer({"a.mp4": BODY}) as server:
        server.faults["a.mp4"] = stalled()
        answer = urlopen(server.url("a.mp4"), timeout=5)
        answer.read(10)
    began = time.monotonic()
    with answer, pytest.raises(http.client.IncompleteRead):
        answer.read()
    assert time.monotonic() - began < 1


def test_a_slow_transfer_keeps_its_speed(server):
    server.faults["other.mp4"] = slow(10)
    began = time.monotonic()
    assert get(server, "other.mp4")[2] == b"other"
    assert 0.4 <= time.monotonic() - began < 2


def test_a_page_comes_in_place_of_the_media(server):
    server.faults["a b.mp4"] = not_media()
    status, headers, body = get(server)
    assert (status, headers.get_content_type()) == (200, "text/html")
    assert body.startswith(b"<!DOCTYPE html>")


def test_media_can_be_announced_as_something_else(server):
    server.faults["a b.mp4"] = wrong_type("application/json")
    _, headers, body = get(server)
    assert (headers["Content-Type"], body) == ("application/json", BODY)


def test_noise_can_be_announced_as_media(server):
    server.faults["a b.mp4"] = garbage(5000)
    _, headers, body = get(server)
    assert (headers["Content-Type"], len(body)) == ("video/mp4", 5000)
    assert body == get(server)[2]
    assert body != BODY[:5000]


def test_half_a_file_can_be_announced_as_all_of_it(server):
    server.faults["a b.mp4"] = truncated()
    _, headers, body = get(server)
    assert headers["Content-Length"] == str(len(body))
    assert body == BODY[: len(BODY) // 2]


def test_a_cookie_opens_the_door(server):
    server.faults["a b.mp4"] = needs_cookie("session", "let-me-in")
    assert refusal(server)[0] == 403
    assert get(server, Cookie="session=let-me-in")[2] == BODY


def test_a_redirect_leads_to_the_other_file(server):
    server.faults["a b.mp4"] = redirect("other.mp4")
    assert get(server)[2] == b"other"
    assert [(r.path, r.status) for r in server.log] == [("a b.mp4", 302), ("other.mp4", 200)]
