"""Models behind servers: what they are sent, and how each failure is answered."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mma_bench.core.errors import OptionsError
from mma_bench.dataset.reading import open_built
from mma_eval.model import Answer, Model, ModelError, Question
from mma_eval.models.chat import adaptation
from mma_eval.models.gemini import Gemini
from mma_eval.models.openai_server import OpenAIServer
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.questions import ClipQuestions
from mma_eval.run.record import Selection
from model_server import DEMANDS, ModelServer, model_server

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
        ("openai", "page", "an HTML page (Sign in)"),
        ("openai", "error in reply", "context is too long"),
        ("openai", "aborted", "finish_reason abort"),
        ("gemini", "broken", "JSON"),
        ("gemini", "page", "an HTML page (Sign in)"),
        ("gemini", "no candidates", "no candidates"),
        ("gemini", "other", "finish_reason OTHER"),
    ],
)
def test_a_useless_reply_costs_one_answer_and_says_why(
    kind: str, fault: str, said: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    model = connect(kind, server, tries=1)
    server.faults.append(fault)
    bad, good = ask(model, units["aligned"])
    assert bad.text is None
    assert said in str(bad.error)
    assert good.text == "Bird"


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_hangs_is_given_up(kind: str, server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    model = connect(kind, server, timeout=0.5, tries=1)
    server.faults.append("hang")
    bad, good = ask(model, units["aligned"])
    assert bad.text is None
    assert "0.5 s" in str(bad.error) or "imeout" in str(bad.error) or "timed out" in str(bad.error)
    assert good.text == "Bird"


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_stays_broken_gives_errors_not_exceptions(
    kind: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    model = connect(kind, server, tries=2)
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
        OpenAIServer("omni", base_url="http://127.0.0.1:9/v1", tries=1).load()


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
    model = connect("openai", server, tries=1)
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


@pytest.mark.parametrize(
    ("kind", "fault", "text", "ended"),
    [
        ("openai", "no content", "", "length"),
        ("openai", "empty", "", "stop"),
        ("openai", "cut off", "The video shows a bird, and the", "length"),
        ("openai", "filtered", "", "filter"),
        ("openai", "refusal", "I'm sorry, I can't assist with that.", "refusal"),
        ("openai", "in parts", "Bird", "stop"),
        ("gemini", "blocked", "", "filter"),
        ("gemini", "withheld", "Bi", "filter"),
        ("gemini", "only thoughts", "", "length"),
        ("gemini", "cut", "The video shows a", "length"),
    ],
)
def test_what_a_model_says_is_an_answer_with_the_way_it_ended(
    kind: str, fault: str, text: str, ended: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    server.faults.append(fault)
    first, second = ask(connect(kind, server), units["aligned"])
    assert (first.text, first.error, first.ended) == (text, None, ended)
    assert (second.text, second.ended) == ("Bird", "stop")
    assert len(server.received) == 1  # the first one was asked once


@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_that_drips_is_bound_by_the_timeout(
    kind: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    model = connect(kind, server, timeout=0.7, tries=1)
    server.faults.append("drip")
    began = time.monotonic()
    bad, good = ask(model, units["aligned"])
    assert time.monotonic() - began < 10  # it drips for half a minute, a byte every tenth of a second
    assert "0.7 s (--timeout)" in str(bad.error)
    assert good.text == "Bird"


@pytest.mark.parametrize("kind", KINDS)
def test_tries_are_the_attempts_of_every_family(
    kind: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    for tries in (1, 2):
        server.faults.extend(["500"] * tries)
        bad, good = ask(connect(kind, server, tries=tries), units["aligned"])
        assert "500" in str(bad.error)
        assert good.text == "Bird"
        assert not server.faults
    server.faults.append("500")
    assert ask(connect(kind, server, tries=2), units["aligned"])[0].text == "Bird"


@pytest.mark.parametrize("kind", KINDS)
def test_a_delay_that_the_reply_asks_for_is_kept(
    kind: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    server.faults.append("retry delay")
    began = time.monotonic()
    assert ask(connect(kind, server), units["aligned"])[0].text == "Bird"
    assert time.monotonic() - began >= 1.2


@pytest.mark.parametrize("kind", KINDS)
def test_a_quota_of_tomorrow_is_not_waited_for(kind: str, server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    server.faults.append("tomorrow")
    began = time.monotonic()
    bad, _ = ask(connect(kind, server), units["aligned"])
    assert "daily quota" in str(bad.error)
    assert "asks to wait 86,400 s" in str(bad.error)
    assert time.monotonic() - began < 30


def test_an_error_within_a_reply_says_its_message_and_may_pass(
    server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    server.faults.append("overloaded in reply")
    assert [a.text for a in ask(connect("openai", server), units["aligned"])] == ["Bird", "Bird"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_page_is_named_by_its_title(kind: str, server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    server.faults.append("page 502")
    bad, _ = ask(connect(kind, server, tries=1), units["aligned"])
    assert "502" in str(bad.error)
    assert "HTML page" in str(bad.error)
    assert "<html>" not in str(bad.error)


@pytest.mark.parametrize("demand", DEMANDS)
def test_what_a_server_demands_it_gets(demand: str, server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    server.demands = (demand,)
    model = connect("openai", server, tries=1)
    assert [a.text for a in ask(model, units["aligned"])] == ["Bird", "Bird"]
    assert len(server.bodies) == 3  # refused once, and never asked in the refused form again
    assert [got.seconds_of_sound > 0.9 and got.frames == 1 for got in server.received] == [True, True]
    assert [got.text for got in server.received] == [t.question.text for t in units["aligned"].targets]


def test_a_server_may_demand_everything_at_once(server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    server.demands = tuple(DEMANDS)
    model = connect("openai", server, tries=1)
    assert isinstance(model, OpenAIServer)
    found = model.probe(units["aligned"].clip, units["aligned"].targets[0].question)
    assert found.arrives is True
    assert model.adapted == {
        "streamed", "one medium per message", "max_completion_tokens", "without seed", "without temperature",
        "audio as data URL",
    }  # fmt: skip
    first = ask(model, units["aligned"])[0]
    assert (first.text, first.ended) == ("Bird", "stop")
    assert first.prompt_tokens


def test_a_form_can_be_asked_for_beforehand(server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    server.demands = ("stream", "one medium")
    extra = '{"mm_processor_kwargs": {"use_audio_in_video": true}}'
    model = connect("openai", server, stream=True, one_medium=True, extra_body=extra)
    ask(model, units["aligned"])
    assert len(server.bodies) == 2
    assert server.bodies[0]["mm_processor_kwargs"] == {"use_audio_in_video": True}
    described = model.describe()
    assert (described["one_medium"], described["extra_body"]) == (
        True,
        {"mm_processor_kwargs": {"use_audio_in_video": True}},
    )


@pytest.mark.parametrize("extra", ["[1]", "{", "yes"])
def test_an_extra_body_that_is_no_object_is_refused(extra: str) -> None:
    with pytest.raises(OptionsError, match=r"--extra-body .*: expected a JSON object"):
        OpenAIServer("omni", extra_body=extra)


@pytest.mark.parametrize("sound", ["beside", "in-video"])
def test_the_sound_arrives_once(sound: str, server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    model = connect("openai", server, sound=sound)
    assert isinstance(model, OpenAIServer)
    assert model.describe()["sound"] == sound
    ask(model, units["aligned"])
    for got in server.received:
        lengths = got.seconds_of_sound, got.seconds_of_sound_in_video
        assert sorted(lengths) == pytest.approx([0, 1.0], abs=0.07)
        assert (lengths[0] > lengths[1]) == (sound == "beside")
    assert model.probe(units["aligned"].clip, units["aligned"].targets[0].question).arrives is True
    server.hears = False
    assert model.probe(units["aligned"].clip, units["aligned"].targets[0].question).arrives is False


def test_sound_in_a_video_needs_a_video() -> None:
    for options in ({"sound": "in-video", "media": "frames"}, {"sound": "aside"}):
        with pytest.raises(OptionsError, match="--sound"):
            OpenAIServer("omni", **options)  # type: ignore[arg-type]


def test_counts_that_are_null_cost_nothing(server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    server.faults.append("null counts")
    first, second = ask(connect("openai", server, price="1,10"), units["aligned"])
    assert (first.text, first.cost, first.prompt_tokens) == ("Bird", 0.0, None)
    assert second.tokens is None
    assert second.prompt_tokens  # the server counts no modalities
    assert second.cost == pytest.approx((second.prompt_tokens * 1 + 5 * 10) / 1e6)


def test_a_page_in_place_of_the_list_of_models_is_named(server: ModelServer) -> None:
    with pytest.raises(ModelError, match="an HTML page"):
        OpenAIServer("omni", base_url=f"{server.url}/elsewhere").load()


@pytest.mark.parametrize(
    ("fault", "said"),
    [("torn", "the stream ended"), ("error in reply", "context is too long"), ("page", "an HTML page (Sign in)")],
)
def test_under_streaming_a_failure_says_as_much(
    fault: str, said: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    model = connect("openai", server, stream=True, tries=1)
    server.faults.append(fault)
    bad, good = ask(model, units["aligned"])
    assert bad.text is None
    assert said in str(bad.error)
    assert (good.text, good.ended) == ("Bird", "stop")


def test_a_server_that_ignores_streaming_is_read(server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    model = connect("openai", server, stream=True, tries=1)
    server.faults.append("cut off")
    first = ask(model, units["aligned"])[0]
    assert (first.text, first.ended) == ("The video shows a bird, and the", "length")


def test_a_failure_that_was_charged_is_counted(server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    server.faults.extend(["aborted and charged"] * 3)
    failed, _ = ask(connect("openai", server, price="1,10", tries=2), units["aligned"])
    assert failed.cost == pytest.approx(2 * (100 * 1 + 1 * 10) / 1e6)
    server.faults.clear()
    server.faults.append("aborted and charged")
    first, second = ask(connect("openai", server, price="1,10", tries=2), units["aligned"])
    assert (first.cost or 0) - (second.cost or 0) == pytest.approx((100 * 1 + 1 * 10) / 1e6, rel=0.3)


def test_an_advice_to_come_back_at_once_is_no_advice(server: ModelServer, units: dict[str, ClipQuestions]) -> None:
    server.faults.append("at once")
    began = time.monotonic()
    assert ask(connect("openai", server), units["aligned"])[0].text == "Bird"
    assert time.monotonic() - began >= 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupted_model_waits_for_nothing_and_can_be_loaded_again(
    kind: str, server: ModelServer, units: dict[str, ClipQuestions]
) -> None:
    model = connect(kind, server)
    server.faults.append("hang")
    threading.Timer(0.5, model.interrupt).start()
    began = time.monotonic()
    assert [a.error for a in ask(model, units["aligned"])] == ["interrupted", "interrupted"]
    assert time.monotonic() - began < 10
    model.load()
    assert [a.text for a in ask(model, units["aligned"])] == ["Bird", "Bird"]


def test_fields_of_our_own_cannot_be_replaced() -> None:
    with pytest.raises(OptionsError, match="--extra-body: seed, temperature: set by mma-bench itself"):
        OpenAIServer("omni", extra_body='{"temperature": 1, "seed": 7, "top_k": 1}')


@pytest.mark.parametrize(
    ("message", "demanded"),
    [
        ("This model only support stream mode, please enable the stream parameter.", "streamed"),
        ("Streaming is required for this model", "streamed"),
        ("stream must be set to true", "streamed"),
        ("upstream server only accepts JSON", None),
        ("video stream: only h264 is supported", None),
        ("Unrecognized request argument supplied: seed", "without seed"),
        ("This model's maximum context length is 4096 tokens; you requested max_tokens 5000", None),
    ],
)
def test_only_a_demand_is_taken_for_one(message: str, demanded: str | None) -> None:
    assert adaptation(message, None, set()) == demanded
