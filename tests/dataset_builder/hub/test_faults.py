"""Publishing where things go wrong: main shows all of it or what it showed before, and a second run completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Command
from loopback_hub import READ_TOKEN, Fault, LoopbackHub

REPO = ("dataset", "org/mma-bench")
COMMIT = r"/commit/"
LARGE = r"/(put|parts)/"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub", multipart_above=2_000_000, part_bytes=1_000_000) as running:
        yield running


def push(built: Path) -> tuple[str | Path, ...]:
    return "push", "dataset", built, "--to", "org/mma-bench"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="POST", path=COMMIT, status=429, retry_after=1),
        Fault(method="POST", path=COMMIT, status=500),
        Fault(method="POST", path=COMMIT, drop_answer=True),
        Fault(method="POST", path=r"/preupload/", status=503),
        Fault(method="PUT", path=LARGE, drop_after=300_000),
        Fault(method="POST", path=r"/objects/batch", status=500),
        Fault(method="POST", path=r"/api/repos/create", status=500),
    ],
    ids=lambda f: f"{f.path.strip('/')}-{f.status or ('answer dropped' if f.drop_answer else 'dropped')}",
)
def test_what_passes_is_waited_for(built: Path, at_hub: Command, hub: LoopbackHub, fault: Fault) -> None:
    hub.faults.add(fault)
    at_hub(*push(built))
    assert "build.json" in hub.repo(*REPO).files()
    assert len(hub.repo(*REPO).commits()) == 2


def test_a_hub_that_stays_broken_is_said_and_nothing_is_half_there(
    built: Path, at_hub: Command, hub: LoopbackHub
) -> None:
    hub.faults.add(Fault(method="POST", path=COMMIT, status=500, times=None))
    said = at_hub(*push(built), code=1).stderr
    assert "--to org/mma-bench: nothing was published; run the same command again (the Hub says 500" in said
    assert hub.repo(*REPO).files() == {}
    sent = sum(request.received for request in hub.requests)

    hub.faults.clear()
    del hub.requests[:]
    at_hub(*push(built))
    assert "build.json" in hub.repo(*REPO).files()
    assert sum(request.received for request in hub.requests) < sent / 10  # large files were there already


def test_a_client_that_is_killed_leaves_main_as_it_was(
    built: Path, at_hub: Command, hub: LoopbackHub, tmp_path
) -> None:
    hub.faults.add(Fault(method="PUT", path=LARGE, after=3, hold=True, times=None))
    command = [sys.executable, "-m", "mma_bench", *map(str, push(built))]
    process = subprocess.Popen(
        command, env={**os.environ, **hub.environment(tmp_path / "home")}, stderr=subprocess.PIPE
    )
    assert hub.faults.held.wait(60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert hub.repo(*REPO).files() == {}
    assert hub.blobs  # some arrived, and belong to nothing

    hub.faults.clear()
    at_hub(*push(built))
    there = hub.repo(*REPO).files()
    assert all((built / path).read_bytes() == held for path, held in there.items() if path.endswith(".parquet"))
    assert len([path for path in there if path.endswith(".parquet")]) == 10


def test_an_update_that_is_killed_leaves_the_version_before(
    built: Path, at_hub: Command, hub: LoopbackHub, tmp_path: Path
) -> None:
    at_hub(*push(built))
    before = hub.repo(*REPO).files()
    hub.faults.add(Fault(method="POST", path=COMMIT, hold=True))
    other = tmp_path / "other"
    at_hub("build", "--out", other, "--limit", "12", "--size", "64", "--seconds", "1", "--splits", "test")
    command = [sys.executable, "-m", "mma_bench", *map(str, push(other))]
    process = subprocess.Popen(
        command, env={**os.environ, **hub.environment(tmp_path / "home")}, stderr=subprocess.PIPE
    )
    assert hub.faults.held.wait(60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    hub.faults.release()
    assert hub.repo(*REPO).files() == before


def test_a_card_that_the_hub_does_not_take_is_said_with_its_reason(hub: LoopbackHub, tmp_path: Path) -> None:
    code = (
        "from mma_bench.hub.publication import Publication\nfrom mma_bench.hub.target import Target\n"
        "from mma_bench.hub.upload import upload\n"
        'files = {"README.md": b"---\\nlicense: apache-2.0\\ntags: 3\\n---\\n"}\n'
        'upload(Publication("dataset", "dataset", files, "build.json", ""), Target(id="org/x"))'
    )
    env = {**os.environ, **hub.environment(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert "HubError: --to org/x: Invalid metadata in README.md." in done.stderr, done.stderr
    assert hub.repo("dataset", "org/x").files() == {}


def test_a_token_that_only_reads_is_told_so(built: Path, at_hub: Command, hub: LoopbackHub) -> None:
    said = at_hub(*push(built), code=1, token=READ_TOKEN).stderr
    assert "the token may not write there" in said
    assert not hub.repo(*REPO).exists


def test_without_a_valid_token_it_says_how_to_get_one(built: Path, at_hub: Command) -> None:
    assert "`hf auth login`, or set HF_TOKEN" in at_hub(*push(built), code=1, token="hf_made_up").stderr


def test_another_organisation_is_refused(built: Path, at_hub: Command) -> None:
    said = at_hub("push", "dataset", built, "--to", "theirs/mma-bench", code=1).stderr
    assert "--to theirs/mma-bench: the token may not write there" in said


def test_a_name_that_something_else_has_is_left_alone(built: Path, at_hub: Command, hub: LoopbackHub, tmp_path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    code = (
        "from huggingface_hub import HfApi\napi = HfApi()\n"
        'api.create_repo("org/mma-bench", repo_type="dataset")\n'
        f'api.upload_file(path_or_fileobj={str(tmp_path / "data.csv")!r}, path_in_repo="data.csv", '
        'repo_id="org/mma-bench", repo_type="dataset")'
    )
    env = {**os.environ, **hub.environment(tmp_path / "home")}
    subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)
    said = at_hub(*push(built), code=1).stderr
    assert "the name is taken by something that is no dataset of mma-bench (it holds data.csv)" in said
    assert set(hub.repo(*REPO).files()) == {"data.csv"}


def test_a_hub_that_cannot_be_reached_is_said(built: Path, command: Command, tmp_path: Path) -> None:
    env = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": "hf_x", "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path)}
    said = command(*push(built), code=1, env=env).stderr
    assert "http://127.0.0.1:9 cannot be reached" in said
    offline = command(*push(built), code=1, env={**env, "HF_HUB_OFFLINE": "1"}).stderr
    assert "cannot be reached" in offline


@pytest.mark.parametrize("name", ["mma-bench", "org/", "a/b/c", "org/x y", "-org/x", "org/..x"])
def test_a_name_that_cannot_be_is_refused(built: Path, name: str) -> None:
    from mma_bench.errors import OptionsError
    from mma_bench.hub.target import Target

    with pytest.raises(OptionsError, match="expected org/name"):
        Target(id=name)
