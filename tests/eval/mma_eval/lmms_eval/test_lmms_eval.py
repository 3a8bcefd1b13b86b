"""The tasks inside lmms-eval: its own loader, evaluation and command, in an environment of its own."""

import io
import json
import math
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import numpy as np
import pytest

from built_rows import rows_of
from media_digests import picture_digest, sound_digest
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import PROMPTS
from mma_bench.dataset.reading import open_built
from mma_bench.media.sound import read_sound
from mma_eval.lmms_eval.export import GROUP, export_lmms_eval
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.prediction import Prediction
from mma_eval.run.record import Selection
from mma_eval.scoring.metrics import score_predictions
from random_omni import FAMILIES, save_random_omni

TESTS = Path(__file__).parents[3]
TASKS = [f"mma_bench_{condition}_{prompt}" for condition in CONDITIONS for prompt in PROMPTS]
ABSENT = {"mma_bench_frames_zeroed_visual", "mma_bench_audio_removed_audio"}

Run = Callable[..., str]


@pytest.fixture(scope="module")
def tasks(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    out = tmp_path_factory.mktemp("exported") / "lmms tasks"
    export_lmms_eval(str(built), out)
    return out


@pytest.fixture(scope="module")
def run(lmms_eval_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Run a script in lmms-eval's environment; return what it wrote."""
    home, logs = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("logs")
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "HF_HOME": str(home), "CUDA_VISIBLE_DEVICES": ""}
    command = [lmms_eval_python, TESTS / "lmms_eval_server.py"]
    with subprocess.Popen(command, env=environment, stdin=PIPE, stdout=PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None

        def run(script: str, *arguments: str | Path) -> str:
            log = logs / f"{len(list(logs.iterdir()))}"
            print(json.dumps([*map(str, (TESTS / script, *arguments, log))]), file=server.stdin, flush=True)
            code = server.stdout.readline()
            assert code == "0\n", log.read_text()[-6000:] if log.exists() else "the server ended"
            return log.read_text()

        yield run
        server.stdin.close()


@pytest.fixture(scope="module")
def evaluate(
    run: Run, built: Path, tasks: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Let lmms-eval's command ask a model that answers by what it decodes: its results and logged samples."""
    classes: dict[str, str] = {}
    for row in (row for condition in CONDITIONS for row in rows_of(built, condition)):
        if row["visual_present"]:
            classes[picture_digest(io.BytesIO(row["video"]["bytes"]))] = row["visual_class"]
        if row["audio_present"]:
            classes[sound_digest(io.BytesIO(row["audio"]["bytes"]))] = row["audio_class"]
    known = tmp_path_factory.mktemp("known") / "classes.json"
    known.write_text(json.dumps(classes))

    def evaluate(model: str, answers: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        logs = tmp_path_factory.mktemp("logs")
        output = run(
            "lmms_eval_model.py",
            *("--include_path", tasks, "--tasks", GROUP, "--model", model),
            *("--model_args", f"classes={known},answers={answers}", "--output_path", logs, "--log_samples"),
        )
        assert f"judged by {tasks / 'mma_accuracy'}" in output
        (results,) = logs.rglob("*_results.json")
        samples = [json.loads(line) for path in sorted(logs.rglob("*.jsonl")) for line in path.open(encoding="utf-8")]
        return json.loads(results.read_text()), samples

    return evaluate


@pytest.fixture(scope="module")
def truly(evaluate: Callable[..., Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """All tasks, asked a model that sees, hears and tells."""
    return evaluate("senses", "truly")


@pytest.fixture(scope="module")
def in_turn(evaluate: Callable[..., Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """All tasks, asked a model that answers in many ways, under the name of one that speaks to a server."""
    return evaluate("vllm", "in_turn")


@pytest.mark.parametrize("task", TASKS)
def test_models_of_lmms_eval_see_silent_frames_and_hear_the_sound(truly: tuple[Any, Any], task: str) -> None:
    # The model knows the classes of the rows' own frames and samples, so what it is right about has arrived unchanged.
    scores = truly[0]["results"][task]
    assert (scores["accuracy,none"], scores["abstained,none"]) == ((0, 1) if task in ABSENT else (1, 0))
    assert scores["error,none"] == 0


def test_a_server_is_given_the_sound_inside_the_request(in_turn: tuple[Any, Any]) -> None:
    # Of six answers two are true, and one names what the other sense perceives: both have arrived.
    scores = in_turn[0]["results"]["mma_bench_misaligned_audio"]
    assert scores["accuracy,none"] == pytest.approx(1 / 3)
    assert scores["other_modality,none"] == pytest.approx(1 / 6)


def test_what_is_logged_is_a_line_of_predictions_about_the_question_as_we_ask_it(
    truly: tuple[Any, Any], built: Path
) -> None:
    work = plan_evaluation(open_built(built), Selection(conditions=tuple(CONDITIONS), split="test"))
    asked = {(a.question.row_id, a.question.prompt): a for unit in work.clip_questions() for a in unit.targets}
    assert len(truly[1]) == len(asked)
    for sample in truly[1]:
        logged = Prediction.model_validate(sample["accuracy"])
        ours = asked[logged.id, logged.prompt]
        assert sample["input"] == ours.question.text
        assert logged.options == ours.question.options
        for name in ("clip_id", "donor_id", "condition", "reference", "other", "caption"):
            assert getattr(logged, name) == getattr(ours, name), name
        assert "input_media" not in sample  # else every log holds the dataset


def test_the_rates_are_those_of_our_own_metric_for_the_same_answers(in_turn: tuple[Any, Any], tmp_path: Path) -> None:
    results, samples = in_turn
    predictions = tmp_path / "predictions.jsonl"
    predictions.write_text("".join(json.dumps(sample["accuracy"]) + "\n" for sample in samples))
    cells = score_predictions(predictions).cells
    assert len(cells) == 12
    for cell in cells:
        scores = results["results"][f"mma_bench_{cell.condition}_{cell.prompt}"]
        rates = {name.removesuffix(",none"): value for name, value in scores.items() if name.endswith(",none")}
        assert rates["accuracy"] == cell.accuracy
        assert rates["accuracy_valid"] == cell.accuracy_valid
        for outcome in ("other_modality", "caption", "abstained", "error"):
            assert rates[outcome] == cell.outcomes[outcome], outcome
        assert rates["error"] == pytest.approx(1 / 6)


def test_the_standard_error_is_clustered_by_clip(in_turn: tuple[Any, Any]) -> None:
    scores = in_turn[0]["results"]["mma_bench_misaligned_visual"]
    # Each clip is the picture of one swap, so that here it is the plain one, but for the correction for few clusters.
    assert math.isclose(scores["accuracy_stderr_clustered,none"], scores["accuracy_stderr_clt,none"], rel_tol=0.05)


def test_qwen_2_5_omni_of_lmms_eval_gets_the_picture_and_the_sound(
    run: Run, tasks: Path, built: Path, tmp_path: Path
) -> None:
    from transformers import WhisperFeatureExtractor

    model = save_random_omni(tmp_path / "model", "qwen2_5_omni")
    tokenizer = json.loads((model / "tokenizer_config.json").read_text())
    tokenizer["extra_special_tokens"] = FAMILIES["qwen2_5_omni"].special  # as transformers 4 writes it
    (model / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    run("lmms_eval_omni.py", tasks, model, tmp_path / "given.json")
    given = json.loads((tmp_path / "given.json").read_text())
    (row,) = (row for row in rows_of(built, "misaligned") if row["id"] == given["id"])
    assert given["video_tokens"] > 0
    assert given["contrast"] > 0.1
    # A second of sound: 100 frames of its spectrogram, halved twice.
    assert given["audio_tokens"] == 25
    extractor = WhisperFeatureExtractor(feature_size=16, chunk_length=30)
    spectrogram = extractor(read_sound(row["audio"]["bytes"]), sampling_rate=16_000).input_features[0]
    assert np.allclose(given["heard"], spectrogram, atol=1e-3)
    assert f"<|audio_eos|>{row['audio_question']}<|im_end|>" in given["text"]
