"""The checks from a manifest to checks.parquet: real clips, real processes, a real model where it matters."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broken_clips import BROKEN, Drawn, draw
from conftest import Command
from mma_bench.audioset.fetching.attrition import FetchRecord, write_records
from mma_bench.core.errors import OptionsError, SourceError
from mma_bench.core.workfolder import sole_writer
from mma_bench.manifest.manifest import read_manifest, write_manifest
from mma_bench.sources.listing import list_curated
from mma_bench.sources.synthetic.drawing import CLASSES
from mma_bench.verification.checks_file import CHECKS, CheckAnswer, CheckedClip, read_checks
from mma_eval.checks.check import CheckReport, check
from mma_eval.checks.options import CheckOptions
from mma_eval.run.record import RunError
from mma_eval.run.store import PREDICTIONS, read_predictions
from model_server import ModelServer, model_server

JUDGES = Path(__file__).parent / "judges.py"


def options(drawn: Drawn, **changed: Any) -> CheckOptions:
    given = {"source": str(drawn.manifest), "clips": drawn.clips, "out": drawn.manifest.with_name("checks.parquet")}
    return CheckOptions(**given | {"model": "constant:Yes"} | changed)


def by_id(report: CheckReport) -> dict[str, CheckedClip]:
    return {checked.clip.clip_id: checked for checked in report.checks.clips}


@pytest.fixture(scope="module")
def judged(drawings: Path, tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    """All drawn clips, broken ones too, as tiny-omni judges them."""
    return check(options(draw(drawings, tmp_path_factory.mktemp("judged")), model="tiny-omni"))


def test_broken_clips_are_dropped_for_what_is_wrong_with_them(judged: CheckReport) -> None:
    found = by_id(judged)
    assert {name: found[name].reason.partition(":")[0] for name in ("black", "silent", "torn", "gone")} == {
        "black": "black",
        "silent": "silent",
        "torn": "unknown_container",
        "gone": "missing_file",
    }
    for name, alone, other in (
        ("foreign-sound", "audio_alone", "visual_alone"),
        ("foreign-picture", "visual_alone", "audio_alone"),
    ):
        assert found[name].answers[alone].answer == "no"  # type: ignore[index]
        assert found[name].answers[other].answer == "yes"  # type: ignore[index]
        assert alone in found[name].reason


def test_most_whole_clips_are_kept_with_what_was_said_of_them(judged: CheckReport) -> None:
    whole = [by_id(judged)[name] for name in CLASSES]
    assert sum(checked.kept for checked in whole) >= 9
    for checked in whole:
        assert checked.kept == all(checked.answers[c] == CheckAnswer("yes", "Yes") for c in CHECKS)
        assert checked.control_class != checked.clip.class_name
        assert set(checked.control) == set(CHECKS)
    said = [checked.control[c].answer for checked in whole for c in CHECKS]
    assert said.count("no") > 0.8 * len(said)


def test_the_file_is_a_manifest_of_the_kept_clips_in_their_order(judged: CheckReport) -> None:
    kept = [checked.clip for checked in judged.checks.clips if checked.kept]
    assert list(read_manifest(judged.out).clips) == kept
    assert read_checks(judged.out) == judged.checks
    assert len(judged.checks.clips) == len(BROKEN) + len(CLASSES)


def test_the_same_command_again_asks_nothing_and_gives_the_same_bytes(judged: CheckReport) -> None:
    before, asked = judged.out.read_bytes(), lines(judged)
    folder = judged.out.parent
    again = check(options(Drawn(folder / "manifest.parquet", folder / "clips"), model="tiny-omni"))
    assert (judged.out.read_bytes(), lines(again)) == (before, asked)


def test_the_funnel_goes_on_and_a_build_finds_it_so(judged: CheckReport) -> None:
    notes = read_manifest(judged.out).notes
    funnel = notes.funnel
    assert [step.name for step in funnel.steps] == ["manifest", "fetched", "checked"]
    assert [sum(step.clips.values()) for step in funnel.steps[:2]] == [18, 17]
    assert funnel.steps[-1].clips == {
        split: sum(c.kept and c.clip.split == split for c in judged.checks.clips) for split in ("test", "train")
    }
    listed = list_curated(judged.out, judged.out.parent / "clips")
    assert listed.funnel == funnel
    assert len(listed.clips) == sum(funnel.steps[-1].clips.values())


def test_the_notes_say_who_judged_and_nothing_of_this_machine(judged: CheckReport) -> None:
    notes = read_manifest(judged.out).notes
    assert notes.origin == "drawn"  # what the manifest said of itself stays
    assert notes.checks["model"]["name"] == "tiny-omni"
    assert notes.checks["questions"]["visual"] == "Is the ... clearly visible in this video? Answer with Yes or No"
    assert notes.checks["rates"]["audio_alone"]["wrong"]["no"] > 10
    assert notes.checks["judgement"]["trust"] == judged.judgement.trust
    assert str(judged.out.parent) not in str(notes.as_json())


def test_a_judge_that_always_says_yes_is_named_in_the_report_and_on_the_screen(drawn: Drawn, command: Any) -> None:
    out = drawn.manifest.with_name("yes.parquet")
    arguments = ("check", "--source", drawn.manifest, "--clips", drawn.clips, "--out", out, "--model", "constant:Yes")
    printed = " ".join(command(*arguments).stdout.split())
    for text in (printed, out.with_suffix(".md").read_text()):
        assert "The judge cannot be trusted" in text
        assert "visual_alone says yes too easily: to 100 % of the wrong classes" in text
    assert read_manifest(out).notes.checks["judgement"]["trust"] == "untrusted"
    assert f"mma-bench review {out}" in printed


def test_no_empty_table_where_all_clips_are_kept(drawn: Drawn, tmp_path: Path, command: Any) -> None:
    manifest = read_manifest(drawn.manifest)
    whole = [clip for clip in manifest.clips if clip.clip_id in CLASSES]
    write_manifest(tmp_path / "whole.parquet", replace(manifest, clips=whole))
    given = ("--source", tmp_path / "whole.parquet", "--clips", drawn.clips, "--out", tmp_path / "all.parquet")
    said = command("check", *given, "--model", "constant:Yes").stdout
    assert "not kept" not in said
    assert "Why clips were not kept" not in (tmp_path / "all.md").read_text()


def test_yes_to_wrong_classes_stands_by_class_in_the_report(drawn: Drawn) -> None:
    report = check(options(drawn))
    table = report.report.read_text().partition("## Yes to wrong classes, by class")[2]
    asked = {c.control_class for c in report.checks.clips if c.control_class}
    for name in asked:
        n = sum(c.control_class == name for c in report.checks.clips)
        assert f"| {name} | 100 % of {n} (" in table
    assert report.checks.notes.checks["judgement"]["classes"] == {
        name: list(checks) for name, checks in report.judgement.classes.items()
    }


def test_what_is_shown_and_played_is_what_each_check_is_about(drawn: Drawn) -> None:
    found = by_id(check(options(drawn, model=f"{JUDGES}:Measuring")))["Bell"]
    assert found.kept
    assert {c: a.text for c, a in found.answers.items()} == dict.fromkeys(CHECKS, "Yes, it is.")


@pytest.mark.parametrize("model", ["random", "constant:Bird", "constant:No"])
def test_models_that_do_not_look_are_answered_for(model: str, drawn: Drawn) -> None:
    report = check(options(drawn, model=model))
    assert report.judgement.trust != "trusted"
    assert model == "random" or not any(checked.kept for checked in report.checks.clips)


def test_of_several_reasons_a_no_or_unclear_comes_before_an_error(drawn: Drawn) -> None:
    report = check(options(drawn, model=f"{JUDGES}:Hesitant"))
    bell = by_id(report)["Bell"]
    assert bell.reason == "unclear: audio_alone"
    assert bell.answers["visual_alone"].error is not None
    assert "RuntimeError: CUDA out of memory" in bell.answers["visual_alone"].error
    assert report.rates["visual_alone"].right.errors == 14
    assert report.rates["audio_alone"].right.unclear == 14


def test_what_failed_is_asked_again_and_nothing_else(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILING", str(tmp_path / "failing"))
    (tmp_path / "failing").touch()
    first = check(options(drawn, model=f"{JUDGES}:Recovering"))
    assert by_id(first)["Bell"].reason.startswith("error: visual_alone: RuntimeError: out of memory")
    before = lines(first)
    (tmp_path / "failing").unlink()
    again = check(options(drawn, model=f"{JUDGES}:Recovering"))
    assert by_id(again)["Bell"].kept
    assert lines(again) == before + 2 * 14  # of each clip the picture alone, its class and the wrong one


def test_a_killed_check_has_lost_nothing_and_goes_on(drawn: Drawn, tmp_path: Path, command: Command) -> None:
    out, asked = drawn.manifest.with_name("checks.parquet"), tmp_path / "asked.txt"
    arguments = ["--source", drawn.manifest, "--clips", drawn.clips, "--out", out, "--model", f"{JUDGES}:Slow"]
    run = [sys.executable, "-m", "mma_bench", "check", *map(str, arguments)]
    environment = os.environ | {"ASKED": str(asked)}
    path, counts = out.with_suffix(".answers") / PREDICTIONS, [0]
    for _ in range(2):
        process = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        while not path.exists() or path.read_bytes().count(b"\n") < counts[-1] + 8:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        counts.append(path.read_bytes().count(b"\n"))
    assert not out.exists()
    assert counts[-1] < 14 * 8
    command("check", *arguments, env={"ASKED": str(asked)})
    answers = read_predictions(path)
    assert len(answers) == 14 * 8
    # A question that was under way when the process was killed may be asked again; no other is.
    assert len(asked.read_text().splitlines()) <= 14 * 8 + 2 * 4
    assert sum(checked.kept for checked in read_checks(out).clips) == 14


def test_other_answers_are_not_mixed_in(drawn: Drawn) -> None:
    check(options(drawn, limit=1))
    with pytest.raises(OptionsError, match=r'model\.name: "constant:No" here, "constant:Yes" there'):
        check(options(drawn, limit=1, model="constant:No"))
    with pytest.raises(OptionsError, match=r"selection\.seed: 1 here, 0 there"):
        check(options(drawn, limit=1, seed=1))
    report = check(options(drawn, limit=1, model="constant:No", overwrite=True))
    assert not any(checked.kept for checked in report.checks.clips)
    assert lines(report) == 2 * 8


def test_a_part_can_be_checked_first_and_the_rest_later(drawn: Drawn) -> None:
    part = check(options(drawn, limit=2))
    assert [c.reason for c in part.checks.clips].count("not_checked") == 17 - 4  # one has no file
    split = check(options(drawn, splits=("test",)))
    assert {c.clip.split for c in split.checks.clips if c.reason == "not_checked"} == {"train"}
    assert split.checks.notes.funnel.steps[-2].clips == {"test": 11, "train": 6}
    whole = check(options(drawn))
    assert sum(checked.kept for checked in whole.checks.clips) == 14
    assert lines(whole) == 14 * 8  # none was asked twice


def test_a_part_that_is_checked_after_the_whole_takes_nothing_away(drawn: Drawn) -> None:
    whole = check(options(drawn)).checks
    for part in ({"limit": 1}, {"splits": ("train",)}, {"splits": ("test",), "limit": 3}):
        again = check(options(drawn, **part))
        assert again.checks == whole
        assert read_checks(again.out) == whole
    assert [c.reason for c in check(options(drawn, limit=1, overwrite=True)).checks.clips].count("not_checked") == 15


def test_of_a_clip_whose_file_was_replaced_no_answer_stands(drawn: Drawn) -> None:
    check(options(drawn))
    for name in ("Bell", "Bird", "Clock"):
        (drawn.clips / f"{name}.mp4").write_bytes((drawn.clips / "Vehicle.mp4").read_bytes())
    found = by_id(check(options(drawn, limit=1)))
    assert [found[name].reason for name in ("Bell", "Bird", "Clock")].count("not_checked") >= 1
    assert found["Vehicle"].kept


def test_the_limit_is_of_clips_whose_files_are_there(drawn: Drawn) -> None:
    for name in CLASSES:
        if name not in ("Bell", "Bird", "Vehicle", "Wolf"):
            (drawn.clips / f"{name}.mp4").unlink(missing_ok=True)
    for name in BROKEN:
        (drawn.clips / f"{name}.mp4").unlink(missing_ok=True)
    report = check(options(drawn, limit=1))
    assert sorted(c.clip.split for c in report.checks.clips if c.kept) == ["test", "train"]


def test_a_part_is_said_to_be_one(drawn: Drawn, command: Any) -> None:
    out = drawn.manifest.with_name("part.parquet")
    given = ("check", "--source", drawn.manifest, "--clips", drawn.clips, "--out", out, "--model", "constant:Yes")
    said = " ".join(command(*given, "--split", "train").stdout.split())
    left = sum(c.reason == "not_checked" for c in read_checks(out).clips)
    for text in (said, out.with_suffix(".md").read_text()):
        assert f"The automated checks are of a part so far: {left} clips with a file not asked about yet" in text
    assert f"not asked yet {left} " in said
    assert f"part.parquet has every clip with its answers, but for {left} not asked about yet; " in said
    said = " ".join(command(*given).stdout.split())
    assert "part.parquet has every clip with its answers; " in said
    assert "part so far" not in said + out.with_suffix(".md").read_text()


def test_the_progress_ends_at_its_total_though_clips_are_dropped(drawn: Drawn) -> None:
    for again in range(2):
        told: list[tuple[int, int]] = []
        check(
            options(drawn), watch=lambda progress, made, told=told: told.append((progress.answered, progress.questions))
        )
        assert told[0] == ((0, 17 * 8) if not again else (14 * 8, 14 * 8))
        assert told[-1] == (14 * 8, 14 * 8)


def test_complete_answers_need_no_model_though_some_clips_cannot_be_read(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOADED", str(tmp_path / "loaded"))
    first = check(options(drawn, model=f"{JUDGES}:Loading"))
    (tmp_path / "loaded").unlink()
    first.out.unlink()
    assert check(options(drawn, model=f"{JUDGES}:Loading")).checks == first.checks
    assert not (tmp_path / "loaded").exists()


def test_of_a_lost_clip_the_reason_is_what_fetch_says(drawn: Drawn) -> None:
    write_records(drawn.clips, [FetchRecord("gone", "lost", "private", "Private video", "2025-11-21")])
    assert by_id(check(options(drawn)))["gone"].reason == "private"


def test_a_clip_whose_file_was_replaced_is_asked_about_again(drawn: Drawn) -> None:
    before = lines(check(options(drawn)))
    (drawn.clips / "Bell.mp4").write_bytes((drawn.clips / "Bird.mp4").read_bytes())
    assert lines(check(options(drawn))) == before + 8


def test_a_model_that_fails_on_every_clip_ends_the_run_and_keeps_what_was_said(drawn: Drawn) -> None:
    with pytest.raises(RunError, match="10 consecutive clips failed; last error: ConnectionError"):
        check(options(drawn, model=f"{JUDGES}:Failing"))


def test_the_manifest_of_one_class_has_no_wrong_classes(drawn: Drawn, tmp_path: Path) -> None:
    manifest = read_manifest(drawn.manifest)
    birds = [clip for clip in manifest.clips if clip.class_name == "Bird"]
    write_manifest(tmp_path / "birds.parquet", replace(manifest, clips=birds))
    report = check(options(drawn, source=tmp_path / "birds.parquet"))
    assert [c.control_class for c in report.checks.clips] == [None, None]
    assert report.judgement.trust == "not shown"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with model_server() as running:
        yield running


def test_a_server_is_sent_each_medium_and_asked_about_several_at_once(drawn: Drawn, server: ModelServer) -> None:
    server.answer = lambda received: (
        "Yes" if (received.brightness > 1 if "visible" in received.text else received.loudness > 1e-4) else "No"
    )
    given = {"base_url": f"{server.url}/v1", "concurrency": 4}
    report = check(options(drawn, model="openai:omni", model_options=given, splits=("train",)))
    asked = sum(bool(c.answers) for c in report.checks.clips)
    assert all(c.kept for c in report.checks.clips if c.answers)
    about = [r for r in server.received if r.text.startswith("Is the")]
    assert sum(r.brightness < 1 for r in about) >= 2 * asked
    assert sum(r.loudness < 1e-4 for r in about) >= 2 * asked


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"clips": Path("nowhere")},
            "--clips nowhere: no such folder; check the path, or download the clips with `mma-bench fetch",
        ),
        ({"splits": ("validation",)}, "--split validation: .* has clips only in .*test"),
        ({"splits": ("eval",)}, "--split eval: unknown split; expected one of"),
        ({"limit": 0}, "--limit 0: must be at least 1"),
        ({"tries": 0}, "--tries 0: must be at least 1"),
        ({"out": Path("checks.csv")}, "checks.csv: the name must end in .parquet"),
    ],
)
def test_impossible_options_are_refused(changed: dict[str, Any], message: str, drawn: Drawn) -> None:
    with pytest.raises(OptionsError, match=message):
        check(options(drawn, **changed))


def test_the_manifest_is_not_overwritten_by_its_checks(drawn: Drawn) -> None:
    with pytest.raises(OptionsError, match="is the manifest itself"):
        options(drawn, out=drawn.manifest)


def test_a_folder_of_other_clips_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(OptionsError, match=r"contains none of the 18 clips to check; expected files such as .*\.mp4"):
        check(options(drawn, clips=tmp_path / "empty"))


def test_two_processes_do_not_write_the_same_checks(drawn: Drawn) -> None:
    given = options(drawn)
    with sole_writer(given.out), pytest.raises(OptionsError, match="another process is writing it"):
        check(given)


def test_a_file_that_is_no_manifest_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    (tmp_path / "m.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceError, match="cannot be read"):
        check(options(drawn, source=tmp_path / "m.parquet"))


def lines(report: CheckReport) -> int:
    path = report.out.with_suffix(".answers") / PREDICTIONS
    return path.read_bytes().count(b"\n")
