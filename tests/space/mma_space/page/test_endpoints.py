"""Everything that the page does is a named endpoint."""

import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from tests.space.mma_space.conftest import Served

from mma_space.clips.gallery import Library
from mma_space.clips.made_clip import make_clip
from mma_space.clips.recipe import of_condition


@pytest.fixture(scope="module")
def client(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(served.url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))


def test_all_are_named_and_typed(client: Client) -> None:
    found = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(found) == {"/clips", "/conditions", "/probe", "/matrix", "/results", "/upload", "/play"}
    for name, endpoint in found.items():
        for parameter in endpoint["parameters"]:
            assert parameter["python_type"]["type"] not in ("", "Any"), (name, parameter)
            assert not parameter["parameter_name"].startswith("param_")
        assert endpoint["returns"][0]["python_type"]["type"] != "Any", name
        assert "partial" not in endpoint["description"]
        assert len(endpoint["description"]) > 20
    variants = next(p for p in found["/probe"]["parameters"] if p["parameter_name"] == "variant")
    assert "abstain" in variants["python_type"]["type"]


def test_a_probe_says_all_that_the_page_does(client: Client, library: Library) -> None:
    clips = client.predict(api_name="/clips")
    assert [c["id"] for c in clips] == list(library.gallery.clips)
    dog = next(c for c in clips if c["class"] == "Canidae")
    found = client.predict(dog["id"], "misaligned", api_name="/probe")
    assert found["shows"] == "Canidae"
    assert [(a["voice"], a["prompt"]) for a in found["answers"]] == [
        ("base", "visual"), ("base", "audio"), ("tuned", "visual"), ("tuned", "audio"),
    ]  # fmt: skip
    assert found["answers"][1]["verdict"]["outcome"] == "other_modality"
    assert sum(found["answers"][1]["probabilities"].values()) == pytest.approx(1)


def test_the_readmes_snippet_runs(served: Served) -> None:
    readme = (Path(__file__).parents[4] / "README.md").read_text(encoding="utf-8")
    (snippet,) = [s for s in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "gradio_client" in s]
    run = [sys.executable, "-c", snippet.replace("http://127.0.0.1:7860", served.url)]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert "base audio Canidae - followed the picture" in said
    assert "tuned audio" in said


def test_by_hand(client: Client, library: Library) -> None:
    clip = next(iter(library.gallery.clips))
    found = client.predict(clip, "by hand", "abstain", "black", "silence", None, "Bird", False, api_name="/probe")
    assert (found["condition"], found["caption"], found["picture_present"]) == (None, "Bird", False)


def test_the_clip_can_be_had(client: Client, library: Library) -> None:
    clip = list(library.gallery.clips)[8]
    played = client.predict(clip, "misaligned", "plain", "own", "own", "", "", False, api_name="/play")
    path = Path(played["video"] if isinstance(played, dict) else played)
    expected = make_clip(of_condition("misaligned", clip, library), library).sha256
    assert hashlib.sha256(path.read_bytes()).hexdigest() == expected


def test_the_matrix_streams(client: Client, library: Library) -> None:
    job = client.submit(list(library.gallery.clips)[9], api_name="/matrix")
    job.result(timeout=60)
    assert [row["condition"] for row in job.outputs()[-1]][:2] == ["aligned", "misaligned"]
    assert all(row["probed"] for row in job.outputs()[-1])
    assert not job.outputs()[0][-1]["probed"]


def test_an_upload_is_used_by_whoever_brings_it(client: Client, served: Served, make_clip: Any) -> None:
    marked = make_clip("bring-me.mp4", seconds=2)
    found = client.predict(handle_file(str(marked)), "Bird", "", api_name="/upload")
    assert found["has_sound"]
    assert client.predict(handle_file(str(marked)), "Bird", "", api_name="/upload") == found
    probed = client.predict(found["id"], "misaligned", api_name="/probe")
    assert probed["shows"] == "Bird"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("../../etc/passwd",), "There is no clip"),
        (("upload-0000",), "no longer here"),
        (("CLIP", "upside down"), "Input should be 'aligned'"),
        (({"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},), "should be a valid string"),
        ((["CLIP"],), "should be a valid string"),
        (("CLIP", "aligned", "plain", "own", "donor", {"a": 1}), "should be a valid string"),
        (("CLIP", "by hand", "plain", "own", "own", None, "<script>"), "expected one of"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    arguments: tuple[Any, ...], said: str, client: Client, library: Library
) -> None:
    first = next(iter(library.gallery.clips))
    with pytest.raises(Exception, match=said) as refused:
        client.predict(*[first if a == "CLIP" else a for a in arguments], api_name="/probe")
    assert "Traceback" not in str(refused.value)
    assert "File " not in str(refused.value)


def test_a_file_that_is_too_large_does_not_get_in(client: Client, tmp_path: Path) -> None:
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(51_000_000)
    with pytest.raises(Exception, match=r"413|exceed|too large|size"):
        client.predict(handle_file(str(large)), "", "", api_name="/upload")


def test_a_path_of_the_server_is_no_upload(client: Client, served: Served) -> None:
    import httpx

    body = {"data": [{"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}, "", ""]}
    started = httpx.post(f"{served.url}gradio_api/call/upload", json=body)
    said = httpx.get(f"{served.url}gradio_api/call/upload/{started.json()['event_id']}", timeout=30).text
    assert "event: error" in said


def test_what_the_page_shows_outlives_its_use_as_an_upload(client: Client, served: Served) -> None:
    import httpx

    (still, *_) = re.findall(r'"path":"([^"]+image\.webp)"', httpx.get(f"{served.url}config").text)
    body = {"data": [{"path": still, "meta": {"_type": "gradio.FileData"}}, "", ""]}
    started = httpx.post(f"{served.url}gradio_api/call/upload", json=body)
    httpx.get(f"{served.url}gradio_api/call/upload/{started.json()['event_id']}", timeout=30)
    assert httpx.get(f"{served.url}gradio_api/file={still}").status_code == 200


def test_large_requests_are_refused_unread(served: Served) -> None:
    import httpx

    body = {"data": ["x" * 2_000_000]}
    assert httpx.post(f"{served.url}gradio_api/call/probe", json=body).status_code == 413
    chunks = (b"x" * 1000 for _ in range(10))
    assert httpx.post(f"{served.url}gradio_api/call/probe", content=chunks).status_code == 413


def test_nothing_is_left_when_the_page_ends(tmp_path: Path, make_clip: Any) -> None:
    from tests.space.mma_space.conftest import serve

    for served in serve(tmp_path, "--clips", "12"):
        client = Client(served.url, verbose=False)
        client.predict(handle_file(str(make_clip("bring-me.mp4", seconds=2))), "", "", api_name="/upload")
        assert list(tmp_path.rglob("bring-me.mp4"))
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_old_files_are_swept_and_the_oldest_of_too_many(tmp_path: Path) -> None:
    from mma_space.page.serving import sweep

    for k in range(4):
        path = tmp_path / "some" / f"{k}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(100))
        os.utime(path, (time.time() - 1000 * k, time.time() - 1000 * k))
    kept = {str(tmp_path / "some" / "3")}
    assert [p.name for p in sweep(tmp_path, kept, seconds=1500, most_bytes=10_000)] == ["2"]
    assert [p.name for p in sweep(tmp_path, kept, seconds=1500, most_bytes=150)] == ["1"]
    assert sorted(p.name for p in tmp_path.rglob("?")) == ["0", "3"]


def test_a_model_that_cannot_be_had_leaves_the_rest(tmp_path: Path) -> None:
    from tests.space.mma_space.conftest import serve

    for served in serve(tmp_path, "--model", "org/never-downloaded", "--clips", "12"):
        client = Client(served.url, verbose=False)
        clips = client.predict(api_name="/clips")
        assert len(clips) == 12
        said = "still being loaded"
        while "still being loaded" in said:
            with pytest.raises(Exception, match="org/never-downloaded") as refused:
                client.predict(clips[0]["id"], api_name="/probe")
            said = str(refused.value)
        assert "no model is loaded" in said.lower()
        played = client.predict(clips[0]["id"], "aligned", "plain", "own", "own", "", "", False, api_name="/play")
        assert played
        assert len(client.predict("misaligned", "audio", api_name="/results")) == 13


def test_more_visitors_than_can_wait_are_asked_to_come_back(tmp_path: Path) -> None:
    from tests.space.mma_space.conftest import serve

    for served in serve(tmp_path, "--waiting", "2"):
        clients = [Client(served.url, verbose=False) for _ in range(8)]
        clips = [c["id"] for c in clients[0].predict(api_name="/clips")]
        jobs = [client.submit(clips[k], "misaligned", api_name="/probe") for k, client in enumerate(clients)]
        deadline = time.monotonic() + 60
        said = [str(job.exception(timeout=deadline - time.monotonic()) or "answered") for job in jobs]
        assert "answered" in said
        refused = [sentence for sentence in said if sentence != "answered"]
        assert refused
        assert all("full" in sentence.lower() for sentence in refused)
