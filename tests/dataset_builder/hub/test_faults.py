"""Publishing where things go wrong: main shows all of it or what it showed before, and a second run completes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Command
from loopback_hub import READ_TOKEN, Fault, LoopbackHub
from loopback_hub.clients import clients_see
from mma_bench.core.errors import OptionsError
from mma_bench.hub.publication import Target

REPO = ("dataset", "org/mma-bench")
COMMIT = r"/commit/"
LARGE = r"/(put|parts)/"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub", multipart_above=2_000_000, part_bytes=1_000_000) as running:
        yield running


def by_hand(hub: LoopbackHub, home: Path, folder: Path, names: list[str]) -> None:
    """Upload files as somebody does who does not have mma-bench."""
    from huggingface_hub import HfApi

    where = {"repo_id": "org/mma-bench", "repo_type": "dataset"}
    with clients_see(hub.environment(home)):
        api = HfApi()
        api.create_repo(**where, exist_ok=True)
        for name in names:
            api.upload_file(path_or_fileobj=str(folder / name), path_in_repo=name, **where)


def struck(signum: signal.Signals, arguments: tuple[str | Path, ...], hub: LoopbackHub, home: Path) -> tuple[int, str]:
    """Run `mma-bench` until the Hub holds one of its requests, and send it a signal: exit status, and what it said."""
    command = [sys.executable, "-m", "mma_bench", *map(str, arguments)]
    env = {**os.environ, **hub.environment(home)}
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    assert hub.faults.held.wait(60)
    process.send_signal(signum)
    _, said = process.communicate(timeout=20)
    return process.returncode, said


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
    assert "the commit may have succeeded; run the same command again to check (the Hub says 500" in said
    assert "trying again in 1 s" in said
    assert hub.repo(*REPO).files() == {}
    sent = sum(request.received for request in hub.requests)

    hub.faults.clear()
    del hub.requests[:]
    at_hub(*push(built))
    assert "build.json" in hub.repo(*REPO).files()
    assert sum(request.received for request in hub.requests) < sent / 10  # large files were there already


@pytest.mark.parametrize(
    ("fault", "reason"), [({"status": 403}, "Hub says 403"), ({"drop_after": 9_000}, "cannot be reached")]
)
def test_large_files_that_never_arrive_are_said_without_a_traceback(
    at_hub: Command, hub: LoopbackHub, fault: dict[str, int], reason: str
) -> None:
    hub.faults.add(Fault(method="PUT", path=LARGE, times=None, **fault))
    said = " ".join(at_hub("push", "adapter", "tiny-omni-mma", "--to", "org/a", code=1).stderr.split())
    assert "--to org/a: " in said
    assert reason in said
    assert "the commit may have succeeded" not in said
    assert hub.repo("model", "org/a").files() == {}


def test_an_interruption_ends_at_once_even_in_the_middle_of_a_file(
    built: Path, at_hub: Command, hub: LoopbackHub, tmp_path: Path
) -> None:
    hub.faults.add(Fault(method="PUT", path=LARGE, hold=True, times=None))
    code, said = struck(signal.SIGINT, push(built), hub, tmp_path / "home")
    assert code == 130
    assert "interrupted; the same command continues where this one stopped" in said


def test_a_tag_that_fails_is_made_by_the_same_command(built: Path, at_hub: Command, hub: LoopbackHub) -> None:
    hub.faults.add(Fault(method="POST", path=r"/tag/", status=403))
    at_hub(*push(built), "--tag", "v1", code=1)
    at_hub(*push(built), "--tag", "v1")
    refs = hub.repo(*REPO).refs
    assert refs["refs/tags/v1"] == refs["refs/heads/main"]
    assert len(hub.repo(*REPO).commits()) == 2


def test_a_proposal_whose_answer_was_lost_is_not_made_twice(
    built: Path, smaller: Path, at_hub: Command, hub: LoopbackHub
) -> None:
    at_hub(*push(built))
    hub.faults.add(Fault(method="POST", path=COMMIT, drop_answer=True))
    said = at_hub(*push(smaller), "--create-pr", code=1).stderr
    assert "the commit may have succeeded" in said
    assert len(hub.repo(*REPO).discussions) == 1
    assert "unchanged" in at_hub(*push(built), "--create-pr").stdout


def test_a_client_that_is_killed_leaves_main_as_it_was(
    built: Path, at_hub: Command, hub: LoopbackHub, tmp_path
) -> None:
    hub.faults.add(Fault(method="PUT", path=LARGE, after=3, hold=True, times=None))
    struck(signal.SIGKILL, push(built), hub, tmp_path / "home")
    assert hub.repo(*REPO).files() == {}
    assert hub.blobs  # some arrived, and belong to nothing

    hub.faults.clear()
    at_hub(*push(built))
    there = hub.repo(*REPO).files()
    assert all((built / path).read_bytes() == held for path, held in there.items() if path.endswith(".parquet"))
    assert len([path for path in there if path.endswith(".parquet")]) == 10


def test_an_update_that_is_killed_leaves_the_version_before(
    built: Path, smaller: Path, at_hub: Command, hub: LoopbackHub, tmp_path: Path
) -> None:
    at_hub(*push(built))
    before = hub.repo(*REPO).files()
    hub.faults.add(Fault(method="POST", path=COMMIT, hold=True))
    struck(signal.SIGKILL, push(smaller), hub, tmp_path / "home")
    hub.faults.release()
    assert hub.repo(*REPO).files() == before


def test_a_card_that_the_hub_does_not_take_is_said_with_its_reason(hub: LoopbackHub, tmp_path: Path) -> None:
    code = (
        "from mma_bench.hub.publication import Publication, Target\n"
        "from mma_bench.hub.upload import upload\n"
        'files = {"README.md": b"---\\nlicense: apache-2.0\\ntags: 3\\n---\\n"}\n'
        'upload(Publication("dataset", "dataset", files, (), "build.json", "", ""), Target(id="org/x"), say=print)'
    )
    env = {**os.environ, **hub.environment(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert "HubError: README.md: the Hub rejects its YAML front matter" in done.stderr, done.stderr
    assert not hub.repo("dataset", "org/x").exists


def test_where_the_hub_does_not_take_eval_yaml_the_rest_is_published(
    built: Path, at_hub: Command, hub: LoopbackHub
) -> None:
    hub.faults.add(Fault(method="POST", path=COMMIT, status=400))
    assert "the Hub did not take eval.yaml, the rest is there" in at_hub(*push(built)).stdout
    there = hub.repo(*REPO).files()
    assert "build.json" in there
    assert "eval.yaml" not in there


def test_a_token_that_only_reads_is_told_so(built: Path, at_hub: Command, hub: LoopbackHub) -> None:
    said = at_hub(*push(built), code=1, token=READ_TOKEN).stderr
    assert "the token has no write access" in said
    assert not hub.repo(*REPO).exists


def test_without_a_valid_token_it_says_how_to_get_one(built: Path, at_hub: Command) -> None:
    assert "`hf auth login` or set HF_TOKEN" in at_hub(*push(built), code=1, token="hf_made_up").stderr


def test_another_organisation_is_refused(built: Path, at_hub: Command) -> None:
    said = at_hub("push", "dataset", built, "--to", "theirs/mma-bench", code=1).stderr
    assert "--to theirs/mma-bench: the token has no write access" in said


def test_a_name_that_something_else_has_is_left_alone(built: Path, at_hub: Command, hub: LoopbackHub, tmp_path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    (tmp_path / "build.json").write_text("{}")  # a name that others use too
    by_hand(hub, tmp_path / "home", tmp_path, ["data.csv", "build.json"])
    said = at_hub(*push(built), "--revision", "next", code=1).stderr
    assert (
        "the name is taken by a repository that is not an mma-bench dataset (it contains build.json, data.csv)" in said
    )
    assert set(hub.repo(*REPO).files()) == {"data.csv", "build.json"}
    assert "refs/heads/next" not in hub.repo(*REPO).refs


def test_what_somebody_put_beside_our_files_stays(
    built: Path, smaller: Path, at_hub: Command, hub: LoopbackHub, tmp_path: Path
) -> None:
    at_hub(*push(built))
    (tmp_path / "LICENSE").write_text("as you like")
    (tmp_path / "notes.md").write_text("mine")
    by_hand(hub, tmp_path / "home", tmp_path, ["LICENSE", "notes.md"])
    at_hub(*push(smaller))
    there = hub.repo(*REPO).files()
    assert (there["LICENSE"], there["notes.md"]) == (b"as you like", b"mine")
    assert "aligned/train-00000-of-00001.parquet" not in there


def test_a_hub_that_cannot_be_reached_is_said(built: Path, process: Command, tmp_path: Path) -> None:
    env = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": "hf_x", "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path)}
    said = process(*push(built), code=1, env=env).stderr
    assert "http://127.0.0.1:9 does not answer" in said
    assert "nothing was published" in said
    offline = process(*push(built), code=1, env={**env, "HF_HUB_OFFLINE": "1"}).stderr
    assert "offline mode" in offline


@pytest.mark.parametrize(
    "name", ["mma-bench", "org/", "a/b/c", "org/x y", "-org/x", "org/..x", "org/x.git", "org/x-", "org/naïve", "ORG/x"]
)
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(OptionsError, match=r"expected org/name|replace ORG"):
        Target(id=name)
