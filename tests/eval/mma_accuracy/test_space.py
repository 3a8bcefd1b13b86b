"""The metric's Space: its folder alone, started as a Space starts it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

import mma_accuracy


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("space") / "my-metric"
    shutil.copytree(Path(mma_accuracy.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONPATH": ""}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=folder, env=env, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield Client(f"http://127.0.0.1:{port}", verbose=False)
    finally:
        process.kill()
        process.wait()


def test_an_answer_is_read_and_explained(space: Client) -> None:
    reading, outcome = space.predict("What ticks is a clock.", "Bird, Clock", "Bird", "Clock", api_name="/read")
    assert reading == "Clock: it names this option and no other"
    assert outcome.startswith("other modality")


def test_a_file_of_answers_becomes_a_table(space: Client, tmp_path: Path) -> None:
    line = {"condition": "misaligned", "reference": "Bird", "options": ["Bird", "Clock"], "other": "Clock"}
    rows = [line | {"id": k, "prompt": p, "answer": "Bird"} for k in ("a", "b") for p in ("visual", "audio")]
    file = tmp_path / "predictions.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    cells, pairs = space.predict(handle_file(file), api_name="/score")
    assert [row[:5] for row in cells["data"]] == [
        ["misaligned", "visual", "plain", 2, 100.0],
        ["misaligned", "audio", "plain", 2, 100.0],
    ]
    assert pairs["data"][0][:4] == ["misaligned", "plain", 2, 100.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [("not json", "Expecting value"), ('{"id": "a"}', "Answer 1 in the file has no"), ("[]", "each line must be")],
)
def test_a_file_that_is_none_gets_a_sentence(text: str, said: str, space: Client, tmp_path: Path) -> None:
    file = tmp_path / "predictions.jsonl"
    file.write_text(text)
    with pytest.raises(AppError, match=said):
        space.predict(handle_file(file), api_name="/score")
