"""The page in a browser: load, pick, play, probe, matrix, upload, bad upload, share, narrow screens, keyboard."""

import hashlib
import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.opened_page import opened
from tests.space.mma_space.conftest import Served

from mma_space.clips.gallery import Library
from mma_space.clips.made_clip import make_clip
from mma_space.clips.recipe import of_condition

ANSWERS = "#answers .mma-card"


@pytest.fixture
def page(browser: Any, served: Served) -> Iterator[Any]:
    """The page as a first visitor finds it; whatever the browser complains about fails the test."""
    yield from opened(browser, served.url)


def answers(page: Any) -> list[str]:
    page.wait_for_selector(ANSWERS)
    return [card.inner_text() for card in page.query_selector_all(ANSWERS)]


def choose(page: Any, dropdown: str, title: str) -> None:
    page.click(f"{dropdown} input")
    page.get_by_role("option", name=title, exact=True).click()


def condition(page: Any, name: str) -> None:
    page.locator(f"#condition input[value='{name}']").check()


def source(page: Any) -> str:
    page.wait_for_function("document.querySelector('#video video')?.readyState >= 2")
    return str(page.evaluate("document.querySelector('#video video').src"))


def asked(page: Any) -> list[str]:
    """Press the button and wait for answers to what is chosen now."""
    page.wait_for_selector("#answers .mma-hint, " + ANSWERS)
    page.click("#ask")
    return answers(page)


def test_the_first_visitor_sees_a_conflict_at_once(page: Any) -> None:
    page.wait_for_selector(ANSWERS)
    base_visual, _, base_audio, tuned_audio = answers(page)
    assert "grounded in the picture" in base_visual
    assert "followed the picture" in base_audio
    assert "grounded in the sound" in tuned_audio
    assert page.locator("#answers .mma-bars").count() == 4
    for figure in page.locator("#answers .mma-attention").all():
        shares = re.findall(r"(picture|sound|text) ([\d.]+) %", figure.inner_text())
        assert [name for name, _ in shares] == ["picture", "sound", "text"]
        assert sum(float(share) for _, share in shares) == pytest.approx(100, abs=0.2)
    assert page.locator("#answers .mma-attention").count() == 4
    assert "where the model read, not why" in page.locator("#answers").inner_text()


def test_a_clip_is_picked_in_the_gallery_and_plays(page: Any, library: Library) -> None:
    answers(page)
    before = source(page)
    page.locator("#gallery button").nth(2).click()
    page.wait_for_function("before => document.querySelector('#video video')?.src !== before", arg=before)
    source(page)
    assert page.locator("#clip input").input_value() == "Bell 1"
    page.evaluate("document.querySelector('#video video').play()")
    page.wait_for_function("document.querySelector('#video video').currentTime > 0.2")


def test_what_plays_is_what_the_model_gets(page: Any, library: Library) -> None:
    answers(page)
    before = source(page)
    choose(page, "#clip", "Frog 1")
    condition(page, "misaligned")
    page.wait_for_function("before => document.querySelector('#video video')?.src !== before", arg=before)
    page.wait_for_selector("#answers .mma-hint")
    clip = next(c.id for c in library.gallery.clips.values() if c.class_name == "Frog")
    expected = make_clip(of_condition("misaligned", clip, library), library).sha256
    page.wait_for_function("name => document.querySelector('#video video')?.src.includes(name)", arg=expected[:24])
    with urllib.request.urlopen(source(page)) as response:
        assert hashlib.sha256(response.read()).hexdigest() == expected


def test_probing_asks_both_questions_of_base_and_tuned(page: Any) -> None:
    answers(page)
    choose(page, "#clip", "Clock 2")
    condition(page, "audio_removed")
    page.wait_for_selector("#answers .mma-hint")
    found = asked(page)
    assert len(found) == 4
    assert ["Base" in card for card in found] == [True, False, True, False]
    expected = page.locator("#answers .mma-question").nth(1).inner_text()
    assert "to abstain: there is nothing to hear" in expected


def test_by_hand_is_what_no_condition_does(page: Any) -> None:
    answers(page)
    condition(page, "by hand")
    page.locator("#picture").get_by_label("every frame black").check()
    page.locator("#sound").get_by_label("another clip's").check()
    page.wait_for_function("document.querySelector('#link textarea, #link input').value.includes('sound=donor')")
    link = page.input_value("#link textarea, #link input")
    assert "picture=black" in link
    assert "donor=" in link
    assert len(asked(page)) == 4


def test_by_hand_finds_its_condition(page: Any) -> None:
    answers(page)
    before = source(page)
    condition(page, "aligned")
    page.wait_for_function("before => document.querySelector('#video video')?.src !== before", arg=before)
    page.get_by_role("button", name="By hand").click()
    page.locator("#picture").get_by_label("every frame black").check()
    page.wait_for_function("document.querySelector('#condition input:checked').value === 'frames_zeroed'")


def test_the_matrix_fills(page: Any) -> None:
    answers(page)
    page.get_by_role("tab", name="Every condition").click()
    page.click("#fill")
    page.wait_for_function("document.querySelector('#matrix-status')?.innerText.startsWith('6 of 6')")
    assert page.locator("#matrix caption").inner_text().startswith("Canidae 1")
    assert page.locator("#matrix td").count() == 24
    assert page.locator("#matrix td .mma-badge").count() == 24
    headers = page.locator("#matrix tbody th").all_inner_texts()
    assert [h.split("\n")[0] for h in headers] == [
        "aligned", "misaligned", "frames zeroed", "audio removed", "misleading caption", "long context",
    ]  # fmt: skip


def test_an_upload_becomes_a_clip(page: Any, real_clips: Path) -> None:
    answers(page)
    video = next(iter(sorted(real_clips.glob("*.mp4"))))
    page.get_by_role("button", name="Or bring a video").click()
    page.set_input_files("#upload input[type=file]", str(video))
    choose(page, "#shows", "Bird")
    page.click("#add")
    page.wait_for_function("document.querySelector('#upload-notice').innerText.includes('Your video is the clip now')")
    page.wait_for_function("document.querySelector('#link textarea, #link input').value.includes('clip=upload-')")
    assert page.evaluate("document.querySelector('#condition input:checked').value") == "aligned"
    assert "Picture Bird" in page.locator("#facts").inner_text()
    condition(page, "misaligned")
    page.wait_for_selector("#answers .mma-hint")
    found = asked(page)
    assert len(found) == 4
    assert "Right would be: Bird" in page.locator("#answers .mma-question").first.inner_text()


def test_a_sound_is_lent_to_the_clip(page: Any, make_clip: Any) -> None:
    answers(page)
    choose(page, "#clip", "Door 1")
    page.get_by_role("button", name="Or bring a video").click()
    page.set_input_files("#upload input[type=file]", str(make_clip("song.mp3", "-vn")))
    choose(page, "#sounds-like", "Frog")
    page.click("#add")
    page.wait_for_function("document.querySelector('#facts').innerText.includes('Frog, of another clip')")
    assert "Picture Door" in page.locator("#facts").inner_text()
    assert len(asked(page)) == 4


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("holiday.mp4", b"<html>no video</html>" * 100, "This file cannot be used"),
        ("empty.mp4", b"", "This file cannot be used"),
    ],
)
def test_a_bad_upload_gets_a_sentence(name: str, content: bytes, said: str, page: Any) -> None:
    answers(page)
    page.get_by_role("button", name="Or bring a video").click()
    file = {"name": name, "mimeType": "video/mp4", "buffer": content}
    page.set_input_files("#upload input[type=file]", [file])
    page.wait_for_selector("#upload .file-preview, #upload table")
    page.click("#add")
    toast = page.wait_for_selector(".toast-body")
    assert said in toast.inner_text()
    assert "Traceback" not in page.inner_text("body")


def test_a_name_is_never_a_path(page: Any, served: Served, real_clips: Path) -> None:
    answers(page)
    page.get_by_role("button", name="Or bring a video").click()
    content = next(iter(sorted(real_clips.glob("*.mp4")))).read_bytes()
    file = {"name": "../../../outside<img src=x onerror=alert(1)>.mp4", "mimeType": "video/mp4", "buffer": content}
    page.set_input_files("#upload input[type=file]", [file])
    page.click("#add")
    page.wait_for_function("document.querySelector('#upload-notice').innerText.includes('Your video is the clip now')")
    found = list(served.temporary.rglob("*outside*"))
    assert found
    assert all("gradio" in path.parts for path in found)
    assert page.locator("img[src=x]").count() == 0


def settled_link(page: Any, quiet: float = 4.0) -> str:
    """Wait until the link has not changed for some seconds: until then an answer to an earlier choice may come."""
    before, since = None, time.monotonic()
    while time.monotonic() - since < quiet:
        link = page.input_value("#link textarea, #link input")
        if link != before:
            before, since = link, time.monotonic()
        page.wait_for_timeout(100)
    return str(before)


@pytest.mark.parametrize("pause", [0, 60])
def test_quick_choices_end_with_the_last(pause: int, page: Any) -> None:
    answers(page)
    for name in ("aligned", "frames_zeroed", "audio_removed", "misaligned", "aligned"):
        condition(page, name)
        page.wait_for_timeout(pause)
    assert "condition=aligned" in settled_link(page)
    assert "condition=aligned" in page.url


def test_answers_stand_under_the_clip_that_they_are_about(page: Any) -> None:
    answers(page)
    choose(page, "#clip", "Insect 2")
    page.wait_for_selector("#answers .mma-hint")
    page.click("#ask")
    choose(page, "#clip", "Frog 2")
    page.wait_for_function("document.querySelector('#facts').innerText.startsWith('Picture Frog')")
    page.wait_for_timeout(3000)
    shown = page.locator("#answers").inner_text()
    assert "Insect" not in shown.split("Asked about the sound")[0].split("Right would be")[-1][:20]
    assert "Picture Frog" in page.locator("#facts").inner_text()


def test_a_shared_link_shows_the_finding(browser: Any, served: Served, library: Library) -> None:
    clip = next(c.id for c in library.gallery.clips.values() if c.class_name == "Canidae")
    for page in opened(
        browser,
        served.url,
    ):
        page.goto(f"{served.url}?clip={clip}&condition=misaligned&prompt=audio")
        found = answers(page)
        assert "followed the picture" in found[2]
        focus = page.locator(".mma-focus")
        assert "Asked about the sound" in focus.inner_text()
        page.wait_for_function("document.querySelector('#link textarea, #link input').value.includes('prompt=audio')")
        assert page.evaluate("document.querySelector('#condition input:checked').value") == "misaligned"


def test_a_link_to_what_nobody_asked_is_asked(browser: Any, served: Served, library: Library) -> None:
    clip = list(library.gallery.clips)[13]
    for page in opened(browser, served.url):
        page.goto(f"{served.url}?clip={clip}&picture=black&sound=silence&caption=Rain&prompt=visual")
        assert "Asked about the picture" in page.wait_for_selector(".mma-focus").inner_text()
        assert len(answers(page)) == 4
        assert page.evaluate("document.querySelector('#condition input:checked').value") == "by hand"


def test_a_link_to_nothing_says_so(browser: Any, served: Served) -> None:
    for page in opened(browser, served.url):
        page.goto(f"{served.url}?clip=no-such-clip&condition=aligned")
        page.wait_for_function("document.querySelector('#answers')?.innerText.includes('There is no clip')")
        condition(page, "aligned")
        page.wait_for_selector("#answers .mma-hint")
        assert len(asked(page)) == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_needs_no_scrolling_sideways(scheme: str, browser: Any, served: Served) -> None:
    narrow = {"viewport": {"width": 375, "height": 800}, "color_scheme": scheme}
    for page in opened(browser, served.url, **narrow):
        answers(page)
        for tab in ("Every condition", "Results", "How it works", "Probe"):
            shown = page.get_by_role("tab", name=tab)
            if not shown.count():  # there is no room for all tabs: the others are in a menu
                page.get_by_label("More tabs").click()
                shown = page.locator(".overflow-dropdown").get_by_text(tab)
            shown.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= 375, tab


def test_words_stand_out_in_light_and_dark(browser: Any, served: Served) -> None:
    for scheme in ("light", "dark"):
        for page in opened(browser, served.url, color_scheme=scheme):
            answers(page)
            for selector in (".mma-badge", ".mma-small", ".mma-text"):
                assert page.evaluate(_CONTRAST, selector) >= 4.5, (scheme, selector)


_CONTRAST = """(selector) => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return Math.min(...[...document.querySelectorAll("#answers " + selector)].map((element) => {
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }));
}"""


def test_everything_is_reached_by_keyboard(page: Any) -> None:
    answers(page)
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(
            "[...document.querySelectorAll('#gallery, #clip, #condition, #variant, #ask, #link')]"
            ".find((part) => part.contains(document.activeElement))?.id"
        ))  # fmt: skip
    assert {"gallery", "clip", "condition", "variant", "ask", "link"} <= reached
    page.focus("#ask")
    page.keyboard.press("Enter")
    assert len(answers(page)) == 4


def test_a_screen_reader_finds_names_and_captions(page: Any) -> None:
    answers(page)
    assert page.locator("#answers").get_attribute("aria-live") == "polite"
    assert page.get_by_role("button", name="Bowed string instrument 2").count() == 1
    assert page.get_by_role("textbox", name="Link to what you see").count() == 1
    for name in ("Clip", "What is done to it", "How it is asked", "Link to what you see"):
        assert page.get_by_label(name).count() or page.get_by_text(name, exact=True).count(), name
    assert page.locator("#answers figure").count() == page.locator("#answers figure figcaption").count()
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button')].filter((b) => b.offsetParent && !(b.innerText.trim() || "
        "b.ariaLabel || b.title || b.querySelector('[alt]'))).map((b) => b.outerHTML.slice(0, 200))"
    )
    assert unnamed == []


def test_results_are_filtered(page: Any) -> None:
    answers(page)
    page.get_by_role("tab", name="Results").click()
    page.wait_for_selector("#accuracy li")
    choose(page, "#of", "long_context")
    page.wait_for_function("document.querySelector('#accuracy').innerText.includes('Table 5')")
    assert "one of the two published charts is probably a copy" in page.inner_text("body")


def test_results_are_sorted_by_a_column(page: Any) -> None:
    answers(page)
    page.get_by_role("tab", name="Results").click()
    page.wait_for_selector("[data-testid=cell-0-3]")
    page.hover("[data-testid=header-3]")
    page.locator("[data-testid=header-3]").get_by_label("Open cell menu").click()
    page.get_by_role("menuitem", name="Sort ascending").click()
    page.wait_for_selector("#table [aria-rowindex='2'] [data-col='3']:has-text('1.18')")
    widths = [page.locator(f"[data-testid=header-{k}]").bounding_box()["width"] for k in range(8)]
    assert min(widths) > 40
