"""Models behind servers: what they are sent, and how each failure is answered."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mma_bench.core.errors import OptionsError
from mma_bench.dataset.reading import open_built
from mma_eval.model import Answer, Model, ModelError, Question
from mma_eval.models.gemini import Gemini
from mma_eval.models.openai_server import OpenAIServer
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.questions import ClipQuestions
from mma_eval.run.record import Selection
from model_server import ModelServer, model_server

KINDS = ("openai", "gemini")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")


@pytest.fixture(scope="session")
def units(built: Path) -> dict[str, ClipQuestions]:
    """Return a clip of each condition with its questions."""
    data = open_built(built)
    return {
        condition: next(plan_evaluation(data, Selection(conditions=(condition,), split="test")).clip_questions())
        for condition in ("aligned", "frames_zeroed", "audio_removed")
    }


def connect(kind: str, server: ModelServer, **options: object) -> Model:
    if kind == "gemini":
        model: Model = Gemini("omni", base_url=server.url, **options)
    else:
        model = OpenAIServer("omni", base_url=f"{server.url}/v1", **options)
    model.load()
    return model


def ask(model: Model, unit: ClipQuestions) -> list[Answer]:
    answers = model.answer(model.prepare(unit.clip), [a.question for a in unit.targets])
    return [a if isinstance(a, Answer) else Answer(a) for a in answers]


@pytest.mark.parametrize("kind", KINDS)
def test_picture_sound_and_question_arrive_whole(
    kind: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    answers = ask(connect(kind, server), units["aligned"])
    assert [a.text for a in answers] == ["Bird", "Bird"]
    assert [got.text for got in server.received] == [a.question.text for a in units["aligned"].targets]
    for got in server.received:
        assert got.frames == 1
        assert got.brightness > 20
        assert got.seconds_of_sound == pytest.approx(1.0, abs=0.07)
        assert got.loudness > 0.005


@pytest.mark.parametrize("kind", KINDS)
def test_black_is_black_and_silence_is_silent_at_the_server(
    kind: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    model = connect(kind, server)
    ask(model, units["frames_zeroed"])
    ask(model, units["audio_removed"])
    dark, silent = server.received[0], server.received[2]
    assert dark.brightness < 2
    assert dark.loudness > 0.005
    assert silent.brightness > 20
    assert silent.loudness < 1e-3
    assert silent.seconds_of_sound > 0.9


def test_frames_are_sent_to_servers_without_video(server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    ask(connect("openai", server, media="frames", fps=4.0), units["aligned"])
    assert server.received[0].frames == 4
    assert server.received[0].seconds_of_sound > 0.9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["500", "503", "429", "dropped"])
def test_a_passing_failure_is_tried_again(
    kind: str, fault: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    model = connect(kind, server)
    server.faults.append(fault)
    assert [a.text for a in ask(model, units["aligned"])] == ["Bird", "Bird"]
    assert not server.faults


def test_a_server_that_says_when_is_asked_no_sooner(server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    model = connect("openai", server)
    server.faults.append("429")  # with Retry-After: 1; the client by itself would wait half a second
    began = time.monotonic()
    assert ask(model, units["aligned"])[0].text == "Bird"
    assert time.monotonic() - began >= 1.0


@pytest.mark.parametrize(
    ("kind", "fault", "said"),
    [
        ("openai", "broken", "JSON"),
        ("openai", "no choices", "no choices"),
        ("openai", "no content", "finish_reason length"),
        ("gemini", "broken", "no usable reply"),
        ("gemini", "blocked", "SAFETY"),
        ("gemini", "only thoughts", "MAX_TOKENS"),
        ("gemini", "withheld", "SAFETY"),
    ],
)
def test_a_useless_reply_costs_one_answer_and_says_why(
    kind: str, fault: str, said: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    model = connect(kind, server, retries=0)
    server.faults.append(fault)
    bad, good = ask(model, units["aligned"])
    assert bad.text is None
    assert said in str(bad.error)
    assert good.text == "Bird"


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_hangs_is_given_up(kind: str, server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    model = connect(kind, server, timeout=0.5, retries=0)
    server.faults.append("hang")
    bad, good = ask(model, units["aligned"])
    assert bad.text is None
    assert "0.5 s" in str(bad.error) or "imeout" in str(bad.error) or "timed out" in str(bad.error)
    assert good.text == "Bird"


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_stays_broken_gives_errors_not_exceptions(
    kind: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    model = connect(kind, server, retries=1)
    server.faults.extend(["500"] * 4)
    answers = ask(model, units["aligned"])
    assert [a.text for a in answers] == [None, None]
    assert all("500" in str(a.error) or "InternalServerError" in str(a.error) for a in answers)
    assert not server.faults


def test_a_wrong_key_is_refused_before_the_first_clip(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.key = "another"
    for server.refusal in (401, 403):
        with pytest.raises(ModelError, match="OPENAI_API_KEY"):
            connect("openai", server)
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    with pytest.raises(ModelError, match="GEMINI_API_KEY is not set"):
        connect("gemini", server)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_the_server_does_not_have_is_named(kind: str, server: ModelServer) -> None:
    server.models = ("other",)
    with pytest.raises(ModelError, match="omni"):
        connect(kind, server)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match=r"http://127\.0\.0\.1:9/v1 cannot be reached"):
        OpenAIServer("omni", base_url="http://127.0.0.1:9/v1", retries=0).load()


@pytest.mark.parametrize(("hears", "arrives"), [(True, True), (False, False)])
def test_the_probe_tells_whether_sound_arrives(
    hears: bool, arrives: bool, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    server.hears = hears
    model = connect("openai", server)
    assert isinstance(model, OpenAIServer)
    found = model.probe(units["aligned"].clip, units["aligned"].targets[0].question)
    assert found.arrives is arrives
    assert "sound" in found.note


def test_the_probe_does_not_guess_where_nothing_is_counted(
    server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    server.tells_usage = False
    model = connect("openai", server)
    assert isinstance(model, OpenAIServer)
    assert model.probe(units["aligned"].clip, units["aligned"].targets[0].question).arrives is None


def test_gemini_counts_tokens_by_modality_and_their_cost(server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    first = ask(connect("gemini", server, price="1,10"), units["aligned"])[0]
    assert first.tokens is not None
    assert first.tokens.video == 258
    assert first.tokens.audio == pytest.approx(32, abs=3)
    total = first.tokens.video + first.tokens.audio + first.tokens.text
    assert first.cost == pytest.approx((total * 1 + 5 * 10) / 1e6)


def test_the_key_is_never_written_down() -> None:
    address = "https://me:secret@host/v1?key=secret"
    for model in (Gemini("omni", base_url=address), OpenAIServer("omni", base_url=address)):
        assert "secret" not in str(model.describe())
        assert "host/v1" in str(model.describe())


def test_a_probe_that_fails_says_so(server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    model = connect("openai", server, retries=0)
    assert isinstance(model, OpenAIServer)
    server.faults.append("500")
    found = model.probe(units["aligned"].clip, units["aligned"].targets[0].question)
    assert found.arrives is None
    assert found.note.startswith("the probe failed: ")


def test_media_that_a_server_cannot_be_sent_are_refused() -> None:
    with pytest.raises(OptionsError, match="--media film: expected video or frames"):
        OpenAIServer("omni", media="film")  # type: ignore[arg-type]


def test_an_estimate_grows_with_questions_and_seconds() -> None:
    def questions(n: int) -> list[Question]:
        return [Question("r", "visual", "plain", 0, "Which class ...?", ("A",))] * n

    model = Gemini("gemini-2.5-flash")
    one, two = model.estimate([(10.0, questions(2))]), model.estimate([(10.0, questions(4))])
    assert (one.requests, two.requests) == (2, 4)
    assert one.audio_tokens == 2 * 320
    assert two.usd == pytest.approx(2 * (one.usd or 0))


def test_an_estimate_counts_thinking_as_far_as_it_is_allowed() -> None:
    asked = [(10.0, [Question("r", "visual", "plain", 0, "Which class ...?", ("A",))])]
    open_ended, little = Gemini("gemini-2.5-flash"), Gemini("gemini-2.5-flash", thinking_budget=100)
    none, old = Gemini("gemini-2.5-flash", thinking_budget=0), Gemini("gemini-2.0-flash")
    assert [m.estimate(asked).output_tokens for m in (open_ended, little, none, old)] == [2058, 110, 10, 10]
