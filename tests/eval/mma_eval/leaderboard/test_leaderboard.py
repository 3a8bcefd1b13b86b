"""The written board: data, Markdown and a page that sorts without a network; and the command."""

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Command
from damaged_runs import copied, with_field
from mma_cards.reported import reported_results
from mma_eval.leaderboard.board import ranked_sections
from mma_eval.leaderboard.entry import admit_all
from mma_eval.leaderboard.tables import write_board

HOSTILE = '<script>alert(1)</script> & "me" | [x](y) *_`'


def write_accepted(runs: list[Path], built: Path, out: Path) -> None:
    entries, refused = admit_all(runs, [str(built)])
    assert refused == []
    write_board(ranked_sections(entries), out)


@pytest.fixture(scope="module")
def written(run: Path, random_run: Path, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a board of three runs, one with a name that contains markup."""
    folder = tmp_path_factory.mktemp("board")
    hostile = copied(run, folder / "sent" / "hostile")
    with_field(hostile, "model.name", HOSTILE)
    write_accepted([run, random_run, folder / "sent"], built, folder / "leaderboard")
    return folder / "leaderboard"


def test_the_data_hold_ranks_scores_and_where_they_come_from(written: Path, run: Path, built: Path) -> None:
    text = (written / "leaderboard.json").read_text(encoding="utf-8")
    board = json.loads(text)
    (section,) = board["sections"]
    assert section["dataset_digest"] == json.loads((built / "build.json").read_text())["dataset_digest"]
    assert section["source"] == "synthetic"
    first, second, third = section["entries"]
    assert [e["rank"] for e in section["entries"]] == [1, 1, 3]
    assert {first["model"], second["model"]} == {"tiny-omni", HOSTILE}
    assert third["marks"] == ["baseline"]
    assert first["rank_best"] == 1
    assert first["cells"] == json.loads((run / "metrics.json").read_text())["cells"]
    assert first["run"]["versions.mma-bench"]
    assert len(board["reported"]) == len(reported_results())
    assert all(r["source"] for r in board["reported"])
    assert str(built) not in text
    assert str(Path.home()) not in text


def test_markdown_keeps_names_as_text_and_blank_what_was_not_asked(written: Path) -> None:
    text = (written / "leaderboard.md").read_text(encoding="utf-8")
    assert "<script>" not in text
    rows = [line for line in text.splitlines() if line.startswith("| tiny-omni ")]
    assert rows[-1].count("|  ") >= 8
    tables = [block for block in text.split("\n\n") if block.startswith("| ")]
    for table in tables:
        widths = {line.replace("\\|", "").count("|") for line in table.splitlines()}
        assert len(widths) == 1, table


def test_a_board_written_twice_is_the_same(written: Path, run: Path, random_run: Path, built: Path) -> None:
    again = written.with_name("again")
    write_accepted([run, random_run, written.parent / "sent"], built, again)
    for file in written.iterdir():
        assert (again / file.name).read_bytes() == file.read_bytes()


@pytest.fixture
def page(written: Path, browser: Any) -> Any:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    told: list[str] = []
    opened.on("console", lambda message: told.append(message.text))
    opened.on("pageerror", lambda error: told.append(str(error)))
    opened.on("dialog", lambda dialog: told.append("dialog"))
    opened.on("request", lambda request: told.append(request.url))
    opened.goto((written / "leaderboard.html").as_uri())
    yield opened
    assert told == [(written / "leaderboard.html").as_uri()]  # nothing said, nothing asked of a network
    opened.close()


def column(page: Any, number: int) -> list[str]:
    cells = page.locator(f"table.board >> nth=0 >> css=tbody td:nth-child({number})")
    return [text.split("\n")[0] for text in cells.all_inner_texts()]


def test_a_heading_sorts_its_table_both_ways(page: Any) -> None:
    headings = page.locator("table.board >> nth=0 >> css=th button")
    names = headings.all_inner_texts()
    assert names[:3] == ["rank", "model", "score"]
    assert column(page, 1) == ["1", "1", "3"]
    headings.nth(2).click()
    best_first = column(page, 3)
    assert best_first == sorted(best_first, key=lambda text: -float(text))
    headings.nth(2).click()
    assert column(page, 3) == best_first[::-1]
    assert page.locator("table.board >> nth=0 >> css=th[aria-sort]").all_inner_texts() == ["score"]
    headings.nth(1).focus()
    page.keyboard.press("Enter")
    assert column(page, 2) == sorted(column(page, 2), key=str.lower)


def test_blanks_stay_last_whichever_way_is_sorted(page: Any) -> None:
    table = page.locator("table.board").nth(1)
    heading = table.locator("th button").nth(1)
    for _ in range(2):
        heading.click()
        found = [text.strip() for text in table.locator("tbody td:nth-child(2)").all_inner_texts()]
        assert found[0]
        assert found[1:] == ["", ""]


def test_a_phone_scrolls_tables_and_not_the_page(written: Path, browser: Any) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    phone.goto((written / "leaderboard.html").as_uri())
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    model = phone.locator("table.board tbody td.model").first
    phone.evaluate("document.querySelector('table.board').parentElement.scrollLeft = 300")
    assert model.bounding_box()["x"] >= 0  # the name of the row stays in sight
    phone.close()


def test_dark_and_light_are_told_apart(written: Path, browser: Any) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        opened = browser.new_page(color_scheme=scheme)
        opened.goto((written / "leaderboard.html").as_uri())
        colours.add(opened.evaluate("getComputedStyle(document.querySelector('td.model')).backgroundColor"))
        opened.close()
    assert len(colours) == 2


def test_the_command_writes_the_board_and_says_what_it_refused(
    run: Path, built: Path, tmp_path: Path, command: Command
) -> None:
    sent = tmp_path / "sent"
    copied(run, sent / "good")
    bad = copied(run, sent / "bad")
    with_field(bad, "model.revision", "main")
    with_field(bad, "versions.av", ...)
    done = command("leaderboard", sent, "--data", built, "--out", tmp_path / "board")
    assert "refused bad\n" in done.stdout
    assert "  run.json, model.revision: expected a Hub commit or" in done.stdout
    assert "  run.json, versions.av: expected the version that was used" in done.stdout
    assert "1 accepted, 1 refused: " in done.stdout
    written = sorted(path.name for path in (tmp_path / "board").iterdir())
    assert written == ["leaderboard.html", "leaderboard.json", "leaderboard.md"]
    strict = command("leaderboard", sent, "--data", built, "--out", tmp_path / "strict", "--strict", code=1)
    assert "nothing was written" in strict.stdout
    assert not (tmp_path / "strict").exists()


def test_a_submitter_checks_a_run_without_writing_anything(
    run: Path, built: Path, tmp_path: Path, command: Command
) -> None:
    board = tmp_path / "board"
    done = command("leaderboard", run, "--data", built, "--out", board, "--check")
    assert "1 accepted, 0 refused; nothing was written" in done.stdout
    bad = copied(run, tmp_path / "bad")
    with_field(bad, "partial", True)
    refused = command("leaderboard", bad, "--data", built, "--out", board, "--check", code=1)
    assert "run.json, partial: expected false, found true" in refused.stdout
    assert not board.exists()


def test_without_runs_the_board_is_what_the_paper_reports(tmp_path: Path, command: Command) -> None:
    command("leaderboard", "--out", tmp_path / "board")
    assert json.loads((tmp_path / "board" / "leaderboard.json").read_text())["sections"] == []
    assert "Gemini-2.5-Pro" in (tmp_path / "board" / "leaderboard.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("empty",), "no run folder; expected one with run.json, predictions.jsonl or shards/"),
        (("run", "--data", "nowhere"), "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    arguments: tuple[str, ...], said: str, run: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "run").symlink_to(run)
    monkeypatch.chdir(tmp_path)
    assert said in command("leaderboard", *arguments, code=1).stderr
