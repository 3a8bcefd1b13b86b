"""The page of a review in a browser: keys, refusals, undo, two tabs, two annotators, kills, narrow screens."""

import hashlib
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from tests import opened_page
from tests.dataset_builder.verification.conftest import Place, Start

from mma_bench.verification.opening import open_session
from mma_bench.verification.options import ReviewOptions
from mma_bench.verification.page.review import reviewing
from mma_bench.verification.session import LEAST_SECONDS
from mma_bench.verification.votes import Ballot, read_ballot

SOURCE = "document.querySelector('#player video')?.getAttribute('src')"
SHOWN = f"() => ({SOURCE} ?? '').split('/').pop()"


opened = contextmanager(partial(opened_page.opened, viewport={"width": 1280, "height": 800}))


def plays(page: Any, clip_id: str | None = None) -> str:
    """Wait until a clip plays, that one if it is named, and has been there for as long as one must watch; its id."""
    page.wait_for_function(
        "name => { const video = document.querySelector('#player video');"
        "return video?.readyState >= 2 && !video.paused && (!name || video.src.endsWith(`/${name}.mp4`)); }",
        arg=clip_id,
    )
    page.wait_for_timeout(1000 * LEAST_SECONDS)
    return str(page.evaluate(SHOWN)).removesuffix(".mp4")


def says(page: Any, notice: str) -> None:
    page.wait_for_function("said => document.querySelector('#notice')?.innerText.includes(said)", arg=notice)


def silent(page: Any) -> None:
    page.wait_for_function("document.querySelector('#notice').innerText.trim() === ''", timeout=10_000)


def decided(page: Any, count: int) -> None:
    page.wait_for_function("said => document.querySelector('#progress').innerText.startsWith(said)", arg=f"{count} of")


def drafted(place: Place, clip_id: str, note: str) -> None:
    """Wait until the draft is on the disk."""
    end = time.monotonic() + 60
    while ballot(place, "anna").vote(clip_id).note != note:
        assert time.monotonic() < end, ballot(place, "anna").vote(clip_id)
        time.sleep(0.05)


def order(place: Place, annotator: str) -> tuple[str, ...]:
    return open_session(ReviewOptions(checks=place.checks, clips=place.clips, annotator=annotator)).order


def ballot(place: Place, annotator: str) -> Ballot:
    return read_ballot(place.folder / f"{annotator}.parquet")


@contextmanager
def served(place: Place) -> Iterator[str]:
    """The URL of a page that is served by this process: another one takes seconds to begin."""
    out = place.folder / "anna.parquet"
    with reviewing(ReviewOptions(checks=place.checks, clips=place.clips, annotator="anna", out=out)) as (_, url):
        yield url


@pytest.fixture
def address(place: Place) -> Iterator[str]:
    with served(place) as address:
        yield address


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    with opened(browser, address) as page:
        yield page


def test_keys_decide_and_the_next_clip_plays(page: Any, place: Place) -> None:
    first, second, third, *_ = order(place, "anna")
    assert plays(page) == first
    page.keyboard.press("p")
    assert plays(page, second) == second
    assert ballot(place, "anna").vote(first).verdict == "pass"
    page.keyboard.press("1")
    page.keyboard.press("3")
    page.wait_for_selector("#visible_action input:checked")
    page.keyboard.press("f")
    plays(page, third)
    vote = ballot(place, "anna").vote(second)
    assert (vote.verdict, vote.object_visible, vote.clean_sound, vote.visible_action) == ("fail", False, True, False)
    assert vote.decision == 2
    assert LEAST_SECONDS <= vote.seconds < 60
    assert page.locator("#criteria input:checked").count() == 0


def test_every_decision_is_on_the_disk_before_the_next_clip_is_shown(page: Any, place: Place) -> None:
    first, second, *_ = order(place, "anna")
    plays(page, first)
    found = []
    page.on("request", lambda r: found.append(ballot(place, "anna").vote(first).verdict) if second in r.url else None)
    page.keyboard.press("p")
    plays(page, second)
    assert found[0] == "pass"


def test_the_clip_is_played_as_it_is(page: Any, place: Place) -> None:
    clip_id = plays(page)
    with urllib.request.urlopen(page.evaluate("document.querySelector('#player video').src")) as response:
        served = response.read()
    assert hashlib.sha256(served).digest() == hashlib.sha256((place.clips / f"{clip_id}.mp4").read_bytes()).digest()
    assert page.evaluate("document.querySelector('#player video').loop")


def test_nothing_else_of_the_folders_is_served(address: str, place: Place) -> None:
    (place.clips / "bert.parquet").write_bytes(b"secret")
    (place.folder / "bert.parquet").write_bytes(b"secret")
    for path in (place.clips / "bert.parquet", place.folder / "bert.parquet", place.clips / "train_0.mp4"):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{address}gradio_api/file={urllib.parse.quote(str(path))}")


def test_a_verdict_without_ground_is_refused_in_a_sentence(page: Any, place: Place) -> None:
    clip_id = plays(page)
    page.keyboard.press("f")
    says(page, "Fail needs a reason")
    page.keyboard.press("2")
    page.wait_for_selector("#clean_sound input:checked")
    silent(page)  # it is answered
    page.keyboard.press("p")
    says(page, "Pass needs all three criteria to hold, but these are marked: sound not clean.")
    assert plays(page) == clip_id
    assert page.locator("#clean_sound input").is_checked()
    assert ballot(place, "anna").vote(clip_id).verdict is None


def test_keys_do_nothing_while_a_note_is_written(page: Any, place: Place) -> None:
    clip_id = plays(page)
    page.keyboard.press("n")
    page.keyboard.type("pfu 123 r: nothing to hear")
    page.keyboard.press("Escape")
    assert page.input_value("#note textarea") == "pfu 123 r: nothing to hear"
    assert page.locator("#criteria input:checked").count() == 0
    page.keyboard.press("f")
    decided(page, 1)
    assert ballot(place, "anna").vote(clip_id).note == "pfu 123 r: nothing to hear"
    assert page.input_value("#note textarea") == ""


def test_space_plays_and_pauses_and_r_begins_anew(page: Any) -> None:
    plays(page)
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('#player video').paused")
    page.evaluate("document.querySelector('#player video').currentTime = 2")
    page.wait_for_function("!document.querySelector('#player video').seeking")
    page.evaluate(
        "() => { const video = document.querySelector('#player video');"
        "video.onseeking = () => { window.sought ??= video.currentTime; }; }"
    )
    page.keyboard.press("r")
    page.wait_for_function("!document.querySelector('#player video').paused")
    page.wait_for_function("window.sought !== undefined")
    assert page.evaluate("window.sought") < 1


def test_after_a_click_the_space_bar_does_not_press_again(page: Any, place: Place) -> None:
    plays(page)
    page.click("#pass")
    decided(page, 1)
    plays(page)
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('#player video').paused")
    assert ballot(place, "anna").vote(order(place, "anna")[1]).verdict is None


def test_a_double_click_decides_one_clip(page: Any, place: Place) -> None:
    plays(page)
    page.dblclick("#pass")
    decided(page, 1)
    page.wait_for_timeout(500)
    assert sum(vote.verdict is not None for vote in ballot(place, "anna").votes.values()) == 1


def test_undo_steps_back_also_after_a_restart(browser: Any, place: Place) -> None:
    first, second, third, *_ = order(place, "anna")
    with served(place) as address, opened(browser, address) as page:
        plays(page, first)
        page.keyboard.press("p")
        plays(page, second)
        page.keyboard.press("2")
        page.wait_for_selector("#clean_sound input:checked")
        page.keyboard.press("f")
        plays(page, third)
        page.keyboard.press("u")
        plays(page, second)
        assert page.locator("#clean_sound input").is_checked()
        says(page, "Taken back")
        page.keyboard.press("n")
        page.keyboard.type("x")
        silent(page)
        page.keyboard.press("Escape")
        page.keyboard.press("f")
        plays(page, third)
    with served(place) as address, opened(browser, address) as page:
        plays(page, third)
        for clip_id in (second, first):
            page.keyboard.press("u")
            plays(page, clip_id)
        decided(page, 0)
        assert page.locator("button.mma-undo").first.is_disabled()


def test_a_tab_that_lags_behind_changes_nothing_and_says_so(browser: Any, address: str, place: Place) -> None:
    first, second, third, *_ = order(place, "anna")
    with opened(browser, address) as one, opened(browser, address) as two:
        plays(one, first)
        plays(two, first)
        one.keyboard.press("p")
        plays(one, second)
        two.keyboard.press("3")
        two.keyboard.press("f")
        says(two, "Nothing was changed: this page lagged behind")
        plays(two, second)
        assert ballot(place, "anna").vote(first).verdict == "pass"
        assert ballot(place, "anna").vote(second).verdict is None
        two.keyboard.press("p")
        plays(two, third)


def test_killed_at_any_time_it_loses_no_decision(browser: Any, start: Start, place: Place) -> None:
    asked = order(place, "anna")
    done = 0
    for kill in range(3):
        running = start("anna")
        with opened(browser, running.url) as page:
            for _ in range(2):
                plays(page, asked[done])
                page.keyboard.press("p")
                decided(page, done + 1)
                done += 1
            plays(page, asked[done])
            page.keyboard.press("n")
            page.keyboard.type(f"half a wor{kill}")
            drafted(place, asked[done], f"half a wor{kill}")
            page.close()  # it would complain that nobody answers
            running.kill()
        votes = ballot(place, "anna").votes
        assert [clip_id for clip_id in asked if votes[clip_id].verdict] == list(asked[:done])
        assert votes[asked[done]].note == f"half a wor{kill}"
    assert not list(place.folder.glob("*.part-*"))


def test_a_page_that_was_left_open_goes_on_by_itself_when_the_command_runs_again(
    browser: Any, start: Start, place: Place
) -> None:
    first, second, third, *_ = order(place, "anna")
    anna = start("anna")
    page = browser.new_page()
    page.goto(anna.url)
    plays(page, first)
    page.keyboard.press("p")
    plays(page, second)
    anna.kill()
    page.keyboard.press("p")
    page.wait_for_selector(".toast-body")
    assert "Connection to the server was lost" in page.inner_text(".toast-body")
    assert ballot(place, "anna").vote(second).verdict is None
    with page.expect_navigation():
        start("anna", "--port", str(urllib.parse.urlsplit(anna.url).port))
    plays(page, second)
    page.keyboard.press("p")
    plays(page, third)
    page.close()


def test_a_note_that_is_being_written_is_there_after_a_reload(page: Any, place: Place) -> None:
    clip_id = plays(page)
    page.keyboard.press("n")
    page.keyboard.type("a radio pl")
    drafted(place, clip_id, "a radio pl")
    page.reload()
    plays(page)
    assert page.input_value("#note textarea") == "a radio pl"


def test_two_annotators_work_at_once_and_neither_sees_the_other(
    browser: Any, start: Start, place: Place, command: Any
) -> None:
    anna, bert = start("anna"), start("bert")
    assert bert.url != anna.url
    with opened(browser, anna.url) as hers, opened(browser, bert.url) as his:
        for page, key in ((hers, "p"), (his, "p"), (hers, "p")):
            plays(page)
            page.keyboard.press(key)
        decided(hers, 2)
        decided(his, 1)
        assert plays(hers) == order(place, "anna")[2]
        assert plays(his) == order(place, "bert")[1]
        assert "bert" not in hers.content()
    paths = (place.checks, "--clips", place.clips, "--out")
    said = command("review", *paths, place.folder / "anna.parquet", "--annotator", "anna", code=1).stderr
    assert "anna.parquet: another process is running this review" in said
    said = command("review", *paths, place.folder / "anna.parquet", "--annotator", "bert", code=1).stderr
    assert "anna.parquet: holds the votes of anna, not of bert" in said
    port = str(urllib.parse.urlsplit(anna.url).port)
    said = command("review", *paths, place.folder / "c.parquet", "--annotator", "c", "--port", port, code=1).stderr
    assert f"--port {port}: already in use" in said


def test_in_the_end_it_says_what_to_hand_over(page: Any, place: Place) -> None:
    for count, clip_id in enumerate(order(place, "anna"), 1):
        plays(page, clip_id)
        page.keyboard.press("p")
        decided(page, count)
    done = page.locator("#done")
    done.wait_for()
    assert "8 of 8 clips are decided: 8 passed, 0 failed" in done.inner_text()
    assert str(place.folder / "anna.parquet") in done.inner_text()
    assert "mma-bench consensus anna.parquet OTHER.parquet --out verified.parquet" in done.inner_text()
    page.keyboard.press("u")
    plays(page, order(place, "anna")[-1])
    page.keyboard.press("p")
    done.wait_for()


def test_a_clip_that_does_not_play_is_not_asked_about(browser: Any, start: Start, place: Place) -> None:
    first, second, third, fourth, *_ = order(place, "anna")
    (place.clips / f"{first}.mp4").write_bytes(b"no clip at all")
    (place.clips / f"{third}.mp4").unlink()
    running = start("anna")
    assert f"1 clip has no file that plays in clips: {third}.mp4" in running.log.read_text()
    with opened(browser, running.url) as page:
        plays(page, second)
        says(page, f"{first} does not play in this browser. It stays undecided")
        page.keyboard.press("p")
        plays(page, fourth)
        assert "2 cannot be played" in page.inner_text("#progress")
    assert ballot(place, "anna").vote(first).verdict is None
    said = running.end()
    assert "anna.parquet: 1 of 8 decided, 1 passed and 0 failed. All of it is saved." in said
    assert "The same command goes on" in said


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_any_screen_and_is_named_for_who_does_not_see_it(
    scheme: str, width: int, browser: Any, address: str
) -> None:
    with opened(browser, address, viewport={"width": width, "height": 800}, color_scheme=scheme) as page:
        plays(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for selector in ("#pass", "#fail"):  # at hand without scrolling
            box = page.locator(selector).bounding_box()
            assert box["y"] + box["height"] <= 800
        left = {
            page.locator(s).first.bounding_box()["x"] for s in (".mma-class", "#criteria", "#note textarea", "#pass")
        }
        assert max(left) - min(left) <= 1
        assert page.locator(".mma-title").bounding_box()["x"] <= (13 if width == 390 else 32)
        for box in page.locator("#criteria input").all():
            box.click()
        page.wait_for_selector("#visible_action input:checked")
        before = page.locator("#pass").bounding_box()
        page.click("#pass")
        says(page, "object not visible, sound not clean and no visible action")
        assert page.locator("#pass").bounding_box() == before  # a message moves no button
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        note, decide = page.locator("#note textarea").bounding_box(), page.locator("#decide").bounding_box()
        assert note["y"] + note["height"] <= decide["y"]  # nothing lies over it
        assert page.evaluate(
            "([x, y]) => !!document.elementFromPoint(x, y).closest('#decide')", [decide["x"] + 40, decide["y"] + 4]
        )
        for name in ("Object not visible", "Sound not clean", "No visible action"):
            assert page.get_by_role("checkbox", name=name).count() == 1
        assert page.get_by_role("textbox", name="Note").count() == 1
        assert page.get_by_role("progressbar", name="Progress").get_attribute("aria-valuetext") == "0 of 8 decided"
        assert page.locator("#notice[aria-live]").count() == 1
        assert page.locator("#class[aria-live]").count() == 1
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "3px"
