"""Cost of a run: estimated before it begins, limited while it runs."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import Command
from mma_bench.core.errors import OptionsError
from mma_eval.evaluation import RunReport, evaluate
from mma_eval.model import ModelError
from mma_eval.run.options import EvalOptions
from mma_eval.run.record import RunError, read_run
from mma_eval.run.store import PREDICTIONS, read_predictions
from model_server import ModelServer, model_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.setenv("GEMINI_API_KEY", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with model_server() as running:
        running.models = ("omni", "gemini-2.5-flash")
        yield running


def run(built: Path, out: Path, server: ModelServer, model: str, **more: object) -> RunReport:
    own = {"price", "concurrency", "sound", "thinking_budget"} & set(more)
    base = f"{server.url}/v1" if model.startswith("openai") else server.url
    return evaluate(
        EvalOptions(
            model=model,
            model_options={"base_url": base, **{name: more.pop(name) for name in own}},
            data=str(built),
            conditions=("aligned",),
            out=out,
            **more,  # type: ignore[arg-type]
        )
    )


def test_a_paid_model_is_not_asked_before_one_says_how_much(built: Path, tmp_path: Path, server: ModelServer) -> None:
    with pytest.raises(OptionsError, match=r"this run will take 48 requests, .* about \$0\.\d\d\. .*--max-cost USD"):
        run(built, tmp_path / "run", server, "gemini:gemini-2.5-flash")
    assert not server.received


def test_an_estimate_above_the_limit_ends_it_before_it_begins(built: Path, tmp_path: Path, server: ModelServer) -> None:
    with pytest.raises(OptionsError, match=r"more than --max-cost 0\.001"):
        run(built, tmp_path / "run", server, "gemini:gemini-2.5-flash", max_cost=0.001)
    assert not server.received


def test_a_limit_needs_a_price(built: Path, tmp_path: Path, server: ModelServer) -> None:
    with pytest.raises(OptionsError, match="give --price IN,OUT"):
        run(built, tmp_path / "run", server, "gemini:omni", max_cost=1.0)


def test_a_run_within_its_limit_counts_what_it_spent(built: Path, tmp_path: Path, server: ModelServer) -> None:
    report = run(built, tmp_path / "run", server, "gemini:gemini-2.5-flash", max_cost=1.0)
    assert report.errors == 0
    made = read_predictions(tmp_path / "run" / PREDICTIONS).values()
    assert 0 < sum(p.cost or 0 for p in made) < 1


@pytest.mark.parametrize("concurrency", [1, 4])
def test_asking_stops_where_the_money_is_spent_and_goes_on_with_more(
    concurrency: int, built: Path, tmp_path: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mma_eval.models.gemini import Gemini

    def too_low(self: Gemini, clips: object) -> object:
        from mma_eval.model import CostEstimate

        return CostEstimate(48, 1, 1, 1, usd=0.0)

    monkeypatch.setattr(Gemini, "estimate", too_low)  # an estimate that is wrong, as estimates are
    with pytest.raises(RunError, match=r"--max-cost 0\.003: budget spent \(\$0\.0\d\); \d+ of 48 questions"):
        run(built, tmp_path / "run", server, "gemini:omni", max_cost=0.003, price="1,1", concurrency=concurrency)
    asked = len(server.received)
    assert 2 <= asked < 48
    assert len(read_predictions(tmp_path / "run" / PREDICTIONS)) == asked  # nothing that was paid for is lost
    with pytest.raises(RunError, match=f"budget spent .* {asked} of 48 questions"):  # the dearest one is remembered
        run(built, tmp_path / "run", server, "gemini:omni", max_cost=0.003, price="1,1", concurrency=concurrency)
    assert len(server.received) == asked
    report = run(built, tmp_path / "run", server, "gemini:omni", max_cost=1.0, price="1,1", concurrency=concurrency)
    assert report.errors == 0
    assert len(server.received) == 48


def test_a_server_of_ones_own_costs_nothing_and_is_probed_for_sound(
    built: Path, tmp_path: Path, server: ModelServer
) -> None:
    server.hears = False
    report = run(built, tmp_path / "run", server, "openai:omni")
    assert report.errors == 0
    probe = read_run(tmp_path / "run").probe
    assert probe is not None
    assert probe.arrives is False
    assert "drops it" in probe.note


def test_a_probe_that_failed_is_made_again(built: Path, tmp_path: Path, server: ModelServer) -> None:
    server.faults.append("page")
    run(built, tmp_path / "run", server, "openai:omni", limit=1)
    assert "the probe failed" in str(read_run(tmp_path / "run").probe)
    (tmp_path / "run" / PREDICTIONS).write_text("")
    run(built, tmp_path / "run", server, "openai:omni", limit=1)
    probe = read_run(tmp_path / "run").probe
    assert probe is not None
    assert probe.arrives is True


def test_a_deaf_gemini_gives_errors_not_scores(built: Path, tmp_path: Path, server: ModelServer) -> None:
    server.hears = False
    with pytest.raises(RunError, match="the audio did not reach the model"):
        run(built, tmp_path / "run", server, "gemini:omni", price="0,0", max_cost=1.0)


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("kind", ["openai", "gemini"])
def test_a_server_that_charges_a_dollar_a_request_gets_at_most_one_too_many(
    kind: str, concurrency: int, built: Path, tmp_path: Path, server: ModelServer
) -> None:
    server.completion_tokens = 10_000  # a dollar, where a tenth of a cent was estimated
    server.delay = 0.05
    options = {"max_cost": 3.0, "price": "0,100", "concurrency": concurrency}
    options |= {"thinking_budget": 0} if kind == "gemini" else {}
    with pytest.raises(RunError, match=r"--max-cost 3: budget spent \(\$[34]\.\d\d\)"):
        run(built, tmp_path / "run", server, f"{kind}:omni", **options)
    assert 3 <= len(server.received) <= 4  # the probe of an openai server included
    made = read_predictions(tmp_path / "run" / PREDICTIONS)
    probes = 2 if kind == "openai" else 0
    assert len(made) == len(server.received) - probes
    probe = read_run(tmp_path / "run").probe
    assert (probe.cost if probe else None) == (pytest.approx(2.0) if kind == "openai" else None)
    with pytest.raises(OptionsError, match=r"besides \$[34]\.00 already spent"):
        run(built, tmp_path / "run", server, f"{kind}:omni", **options)
    assert len(server.received) <= 4


def test_a_run_goes_on_where_its_server_moved_and_its_limit_grew(
    built: Path, tmp_path: Path, server: ModelServer
) -> None:
    run(built, tmp_path / "run", server, "openai:omni", limit=2)
    before = (tmp_path / "run" / PREDICTIONS).read_text().splitlines()
    with model_server() as moved:
        report = run(built, tmp_path / "run", moved, "openai:omni", limit=3)
        after = (tmp_path / "run" / PREDICTIONS).read_text().splitlines()
        assert after[: len(before)] == before
        assert len(moved.received) - 2 == len(after) - len(before) > 0  # asked nothing twice; the probe is made anew
        record = read_run(tmp_path / "run")
        assert str(record.as_json()["model"]["server"]).startswith(moved.url)
        assert (record.selection.limit, record.questions, record.partial) == (3, len(after), True)
        assert report.errors == 0
        whole = run(built, tmp_path / "run", moved, "openai:omni")
        assert (whole.run.partial, whole.run.selection.limit) == (False, None)
        with pytest.raises(OptionsError, match=r"selection\.limit: 2 here, null there"):
            run(built, tmp_path / "run", moved, "openai:omni", limit=2)
        with pytest.raises(OptionsError, match=r"model\.sound: \"in-video\" here, \"beside\" there"):
            run(built, tmp_path / "run", moved, "openai:omni", sound="in-video")


def test_an_empty_answer_is_not_asked_again(built: Path, tmp_path: Path, server: ModelServer) -> None:
    server.answer = lambda received: ""
    report = run(built, tmp_path / "run", server, "openai:omni", limit=1)
    assert report.errors == 0
    asked = len(server.received)
    assert report.metrics is not None
    assert {cell.off_list_reasons["empty"] for cell in report.metrics.cells} == {1}
    assert {cell.accuracy for cell in report.metrics.cells} == {0.0}
    run(built, tmp_path / "run", server, "openai:omni", limit=1)
    assert len(server.received) == asked


def test_what_the_class_can_the_command_can_too(built: Path, command: Command) -> None:
    arguments = ("eval", "--data", built, "--model", "gemini:gemini-2.5-flash", "--conditions", "aligned")
    free = command(*arguments, code=1).stderr
    bound = command(*arguments, "--thinking-budget", "0", code=1).stderr
    assert "98,784 out" in " ".join(free.split())
    assert "480 out" in " ".join(bound.split())
    served = ("eval", "--data", built, "--model", "openai:omni", "--base-url", "http://127.0.0.1:9/v1")
    for option in (("--stream",), ("--one-medium",), ("--sound", "in-video"), ("--extra-body", '{"a": 1}')):
        assert "cannot be reached" in command(*served, *option, code=1).stderr
        assert "has no such option" in command(*arguments, *option, code=1).stderr


def test_a_run_that_cannot_go_on_keeps_its_record(built: Path, tmp_path: Path, server: ModelServer) -> None:
    run(built, tmp_path / "run", server, "openai:omni", limit=1)
    before = (tmp_path / "run" / "run.json").read_bytes()
    gone = ModelServer(url="http://127.0.0.1:9")
    with pytest.raises(ModelError, match="cannot be reached"):
        run(built, tmp_path / "run", gone, "openai:omni")
    with pytest.raises(OptionsError, match="more than --max-cost"):
        run(built, tmp_path / "run", server, "openai:omni", max_cost=0.0001, price="1,1")
    assert (tmp_path / "run" / "run.json").read_bytes() == before
    assert run(built, tmp_path / "run", server, "openai:omni", limit=1).errors == 0


def test_what_requests_were_adapted_to_is_recorded(built: Path, tmp_path: Path, server: ModelServer) -> None:
    server.demands = ("no seed",)
    run(built, tmp_path / "run", server, "openai:omni", limit=1)
    assert read_run(tmp_path / "run").adapted == ("without seed",)
    with model_server() as moved:
        moved.demands, moved.hears = ("no temperature",), False
        run(built, tmp_path / "run", moved, "openai:omni", limit=2)
        record = read_run(tmp_path / "run")
    assert record.adapted == ("without seed", "without temperature")
    assert record.probe is not None
    assert record.probe.arrives is False  # of the server that was asked last


def test_a_server_that_counts_nothing_is_charged_as_estimated(built: Path, tmp_path: Path, server: ModelServer) -> None:
    server.tells_usage = False
    run(built, tmp_path / "run", server, "openai:omni", max_cost=100.0, price="1000,1000", limit=1)
    made = read_predictions(tmp_path / "run" / PREDICTIONS).values()
    assert all(p.cost and p.cost > 0.01 for p in made)
    with pytest.raises(OptionsError, match="already spent, more than --max-cost"):
        run(built, tmp_path / "run", server, "openai:omni", max_cost=1.0, price="1000,1000")


def test_parts_that_grew_are_merged_when_all_have_grown(built: Path, tmp_path: Path) -> None:
    def part(number: int, limit: int | None) -> RunReport:
        options = {"data": str(built), "conditions": ("aligned",), "out": tmp_path / "run", "limit": limit}
        return evaluate(EvalOptions(model="random", shard=(number, 2), **options))

    part(1, 2)
    assert part(2, 2).run.partial
    assert part(1, None).metrics is None  # the other part has not grown yet
    whole = part(2, None)
    assert (whole.run.partial, whole.run.selection.limit) == (False, None)
    assert whole.metrics == evaluate(replace(OPTIONS, data=str(built), out=tmp_path / "at once")).metrics


OPTIONS = EvalOptions(model="random", conditions=("aligned",))


def test_an_interrupted_run_ends_at_once(built: Path, tmp_path: Path, server: ModelServer) -> None:
    server.faults.extend(["far"] * 100)  # a server that asks for a minute's patience, again and again
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "mma_bench", "eval", "--model", "openai:omni", "--base-url", f"{server.url}/v1"),
            *("--data", str(built), "--out", str(tmp_path / "run")),
        ],
        stderr=subprocess.PIPE,
    )
    while len(server.bodies) < 3:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
