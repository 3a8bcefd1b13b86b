"""The report is correct and self-contained, and no answer can break it."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conftest import Command
from damaged_runs import with_field
from mma_bench.core.errors import OptionsError
from mma_eval.evaluation import evaluate
from mma_eval.report.pictures.charts import stacked_bars
from mma_eval.report.write import write_report
from mma_eval.run.options import EvalOptions
from mma_eval.run.record import RunError
from mma_eval.run.store import PREDICTIONS, read_predictions, write_predictions


@pytest.fixture(scope="module")
def base(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a model that always answers Bird, in two variants."""
    out = tmp_path_factory.mktemp("runs") / "base"
    evaluate(EvalOptions(model="constant:Bird", data=str(built), out=out, variants=("plain", "abstain")))
    return out


@pytest.fixture(scope="module")
def tuned(base: Path) -> Path:
    """Copy the run as one with an adapter that is right in two of three answers."""
    out = base.with_name("tuned")
    shutil.copytree(base, out)
    with_field(out, "model.adapter", {"name": "mine", "sha256": "0", "base": "constant"})
    made = read_predictions(out / PREDICTIONS).values()
    write_predictions(out / PREDICTIONS, [p.with_(answer=p.reference) if k % 3 else p for k, p in enumerate(made)])
    return out


@pytest.fixture(scope="module")
def page(base: Path, tuned: Path) -> str:
    report = write_report([base, tuned], base.with_name("report.html"))
    return report.html.read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Tags of a page in order, and the targets of its links and images."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.alts: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.targets += [found[name] or "" for name in ("src", "href") if name in found]
        if tag == "img":
            self.alts.append(found.get("alt"))


def test_the_page_needs_no_other_file_and_no_network(page: str) -> None:
    outline = Outline(page)
    assert "script" not in outline.tags
    assert "link" not in outline.tags
    outside = [t for t in outline.targets if not t.startswith("data:")]
    assert outside == ["https://arxiv.org/abs/2511.22826"]  # a link to click, not to load
    assert "url(" not in page
    assert len(page) < 10_000_000


def test_every_picture_says_what_it_shows(page: str) -> None:
    outline = Outline(page)
    assert outline.alts
    assert all(alt and len(alt) > 5 for alt in outline.alts)
    assert page.count('role="img" aria-label="') == outline.tags.count("svg")


def test_the_numbers_are_those_of_the_metrics(base: Path, page: str) -> None:
    for cell in json.loads((base / "metrics.json").read_text())["cells"]:
        low, high = 100 * cell["ci_low"], 100 * cell["ci_high"]
        assert f"<td>{100 * cell['accuracy']:.1f}</td><td>{low:.1f} to {high:.1f}</td>" in page


def test_who_was_followed_is_said_in_words_at_the_top(page: str) -> None:
    headline = re.search(r'<p class="headline">(.*?)</p>', page)
    assert headline is not None
    assert headline[1].startswith("base: where sight and sound conflict, ")


def test_reported_numbers_stand_apart_from_drawn_clips(page: str) -> None:
    table = page.index("Sight against sound: what the paper reports")
    assert "not comparable with results on drawn clips" in page[table:]
    assert 'class="reported"><td>Gemini-2.5-Pro</td><td>97.9</td>' in page[table:]
    assert "README table prints 76.68" in page


def test_on_recordings_reported_rows_stand_beside_ones_own(base: Path, tmp_path: Path) -> None:
    run = tmp_path / "recorded"
    shutil.copytree(base, run)
    with_field(run, "data.source", "recordings")
    text = write_report([run], tmp_path / "report.html").html.read_text(encoding="utf-8")
    rows = re.findall(r"<tr.*?</tr>", text[text.index("<h3>Sight against sound</h3>") :])
    assert "recorded" in rows[1]
    assert any("Gemini-2.5-Pro" in row for row in rows[2:5])


def test_base_and_tuned_are_set_against_each_other_with_an_interval_and_p(page: str) -> None:
    at = page.index("<h3>base against tuned</h3>")
    row = re.search(r"<td>misaligned</td><td>visual</td><td>plain</td><td>24</td>(.*?)</tr>", page[at:])
    assert row is not None
    assert re.search(r"<td>\+\d+\.\d \[[+-]\d+\.\d, \+\d+\.\d\]</td><td>(&lt; )?0\.\d+</td>", row[1])
    assert "bootstrap interval clustered by clip" in page[at:]


def test_failures_can_be_opened_with_frames_sound_and_answer(page: str) -> None:
    opened = page[page.index("Answers to look at") :]
    assert "frames of the clip" in opened
    assert "the sound&#39;s envelope" in opened or "the sound's envelope" in opened
    assert "data:video/mp4;base64," in opened
    assert '<dt>answered</dt><dd><div class="answer">Bird</div></dd>' in opened
    assert "read as Bird: it names this option and no other" in opened


def test_without_the_dataset_failures_stand_without_media(base: Path, tmp_path: Path) -> None:
    run = tmp_path / "moved"
    shutil.copytree(base, run)
    with_field(run, "folder", "/nowhere")
    text = write_report([run], tmp_path / "report.html").html.read_text(encoding="utf-8")
    assert "failures are shown without media" in text
    assert "frames of the clip" not in text


HOSTILE = "<script>alert(1)</script> | **bold** `code` [x](javascript:1) ~~~\n~~~\n</div>" + "x" * 5_000


def test_an_answer_cannot_break_the_page(base: Path, tmp_path: Path) -> None:
    run = tmp_path / "hostile"
    shutil.copytree(base, run)
    made = list(read_predictions(run / PREDICTIONS).values())
    failed = [p.with_(answer=None, error="<b>time-out</b>") for p in made[:3]]
    write_predictions(run / PREDICTIONS, [*failed, *(p.with_(answer=HOSTILE) for p in made[3:])])
    report = write_report([run], tmp_path / "report.html")
    text = report.html.read_text(encoding="utf-8")
    assert "script" not in Outline(text).tags
    assert "&lt;script&gt;" in text
    assert "<b>time-out" not in text
    assert "questions have no answer; see VALID accuracy" in text
    markdown = report.markdown.read_text(encoding="utf-8")
    fences = [line for line in markdown.split("\n") if line.startswith("~~~~")]
    assert len(fences) % 2 == 0
    assert fences


def test_the_markdown_says_the_same_and_its_pictures_are_there(base: Path, page: str) -> None:
    markdown = base.with_name("report.md").read_text(encoding="utf-8")
    for heading in re.findall(r"<h3>(.*?)</h3>", page):
        if heading not in ("Classes", "How it was run"):
            assert f"### {heading}" in markdown
    pictures = re.findall(r"!\[.+?\]\(([^)]+)\)", markdown)
    assert len(pictures) > 20
    assert all((base.parent / name).stat().st_size > 80 for name in pictures)
    tables = re.findall(r"(?:^\|.*\|\s*$\n)+", markdown, re.MULTILINE)
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.strip().split("\n")}) == 1, table[:200]


def test_runs_on_different_datasets_are_not_in_one_table(base: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(base, other)
    with_field(other, "data.digest", "f" * 64)
    with_field(other, "partial", True)
    text = write_report([base, other], tmp_path / "report.html").html.read_text(encoding="utf-8")
    assert text.count("<h2>Drawn clips, split test</h2>") == 2
    assert "base against other" not in text
    assert "other: a part of the dataset" in text


def test_bars_have_room_for_long_names() -> None:
    name = "visual: tiny-omni+tiny-omni-mma-attention-of-another-day"
    drawn = stacked_bars([(name, {"grounded": 1.0})], "words")
    end = re.search(rf'<text x="(\d+)" [^>]*>{re.escape(name)}<', drawn)
    assert end is not None
    assert int(end[1]) > 6.5 * len(name)


def test_what_is_no_run_is_named(base: Path, tmp_path: Path, command: Command) -> None:
    with pytest.raises(RunError, match="no run folders"):
        write_report([], tmp_path / "report.html")
    with pytest.raises(RunError, match=r"no run\.json"):
        write_report([tmp_path], tmp_path / "report.html")
    with pytest.raises(RunError, match="given twice"):
        write_report([base, base], tmp_path / "report.html")
    with pytest.raises(OptionsError, match="--compare mine: no such run; expected one of base"):
        write_report([base], tmp_path / "report.html", compare=("base", "mine"))
    assert "no run.json" in command("report", tmp_path, code=1).stderr


def test_a_run_without_scores_is_scored_first(base: Path, tmp_path: Path) -> None:
    run = tmp_path / "unscored"
    shutil.copytree(base, run)
    (run / "metrics.json").unlink()
    write_report([run], tmp_path / "report.html")
    assert json.loads((run / "metrics.json").read_text()) == json.loads((base / "metrics.json").read_text())


def test_two_runs_are_compared_on_request(base: Path, built: Path, tmp_path: Path, command: Command) -> None:
    evaluate(EvalOptions(model="random", data=str(built), out=tmp_path / "random"))
    shutil.copytree(base, tmp_path / "base")
    old = tmp_path / "report.html"
    old.write_text("an older report, which runs/* names too")
    command("report", *sorted(tmp_path.iterdir()), "--out", old, "--compare", "base", "random", "--failures", "1")
    assert "<h3>base against random</h3>" in old.read_text()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (375, "dark")])
def test_the_page_opens_from_the_disk_in_a_browser(
    width: int, scheme: str, base: Path, page: str, browser: object
) -> None:
    seen = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[attr-defined]
    said: list[str] = []
    seen.on("console", lambda message: said.append(message.text))
    seen.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
    seen.goto(base.with_name("report.html").as_uri())
    assert seen.evaluate("document.documentElement.scrollWidth") <= width
    failure = seen.locator("details:has(video)").first
    failure.locator("summary").click()
    strip = failure.locator("img").first
    assert strip.is_visible()
    assert strip.evaluate("image => image.naturalWidth") > 100
    assert said == []


def test_a_run_that_never_got_an_answer_is_passed_over(built: Path, tmp_path: Path, command: Command) -> None:
    server = ("--model", "openai:x", "--base-url", "http://127.0.0.1:9/v1")
    command("eval", *server, "--data", built, "--out", tmp_path / "down", code=1)
    evaluate(EvalOptions(model="random", data=str(built), out=tmp_path / "random", conditions=("aligned",)))
    done = command("report", tmp_path / "down", tmp_path / "random", "--out", tmp_path / "report.html")
    assert "down: never got an answer" in done.stderr
    assert "1 run" in done.stdout
