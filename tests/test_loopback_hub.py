"""The Hub on loopback, asked by the clients that the real one is asked by."""

import doctest
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loopback_hub import OTHER_TOKEN, READ_TOKEN, WRITE_TOKEN, Fault, LoopbackHub, large_files, metadata, storage
from loopback_hub.clients import clients_see

REPO = ("dataset", "org/x")
LARGE = random.Random(0).randbytes(700_000)

PRELUDE = """
import json, sys
from huggingface_hub import HfApi, HfFileSystem, hf_hub_download, snapshot_download

api = HfApi()
where = dict(repo_id="org/x", repo_type="dataset")

def add(text, name="a.txt", **more):
    return api.upload_file(path_or_fileobj=text, path_in_repo=name, **{**where, **more})

def refused(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except Exception as error:
        response = getattr(error, "response", None)
        return [type(error).__name__, getattr(response, "status_code", None)]
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub", multipart_above=500_000, part_bytes=200_000, page=3) as hub:
        yield hub


@pytest.fixture
def start(hub: LoopbackHub, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a client process; what its code leaves in `answer` is printed as JSON."""

    def start(code: str, *arguments: str | Path, token: str | None = WRITE_TOKEN) -> subprocess.Popen[str]:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        return subprocess.Popen(
            [sys.executable, "-c", f"{PRELUDE}\nanswer = None\n{dedent(code)}\nprint(json.dumps(answer))", *arguments],
            env={**os.environ, **hub.environment(home, token)},
            cwd=home,  # no folder of ours is taken for a repository
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def ask(hub: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a client in this process, and return its `answer` as JSON would hold it."""

    def ask(code: str, *arguments: str | Path, token: str | None = WRITE_TOKEN) -> Any:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        names: dict[str, Any] = {"answer": None}
        with monkeypatch.context() as patched, clients_see(hub.environment(home, token)):
            patched.chdir(home)  # no folder of ours is taken for a repository
            patched.setattr(sys, "argv", ["client", *map(str, arguments)])
            exec(f"{PRELUDE}\n{dedent(code)}", names)
        return json.loads(json.dumps(names["answer"]))

    return ask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of every kind: a card, nested, large, binary, empty, oddly named."""
    folder = tmp_path / "folder"
    for name, content in {
        "README.md": b"---\ntags: [one, two]\n---\n# x\n",
        "data/train.parquet": LARGE,
        "data/small.bin": b"\0\1",
        "data/deep/er.txt": b"deep",
        "empty.txt": b"",
        "with space & ü.txt": b"odd",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


UPLOAD = """
api.create_repo(**where, exist_ok=True)
api.upload_folder(**where, folder_path=sys.argv[1], commit_message="all of it")
"""
DOWNLOAD = "answer = snapshot_download(**where)"


def contents(folder: Path) -> dict[str, bytes]:
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {path: content for path, content in found.items() if path != ".gitattributes"}


def http(
    method: str, url: str, body: bytes | None = None, token: str | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case, and body, whatever they are."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = urlopen(Request(url, body, headers, method=method), timeout=10)
    except HTTPError as refusal:
        answer = refusal
    with answer:
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()


# What comes in comes out.


def test_a_folder_comes_back_and_its_large_file_travels_in_parts_by_the_other_origin(hub, ask, folder):
    downloaded = ask(UPLOAD + DOWNLOAD, folder)
    assert contents(Path(downloaded)) == contents(folder) == hub.repo(*REPO).files()
    assert [commit.title for commit in hub.repo(*REPO).commits()] == ["all of it", "initial commit"]
    sha256 = hashlib.sha256(LARGE).hexdigest()
    assert hub.blobs == {sha256: 700_000, hashlib.sha256(b"\0\1").hexdigest(): 2}
    parts = [r for r in hub.requests if r.path.startswith(f"/parts/{sha256}/")]
    assert [part.received for part in parts] == [200_000, 200_000, 200_000, 100_000]
    came = [r for r in hub.requests if r.path == f"/get/{sha256}/data/train.parquet"]
    assert [(r.origin, r.status, r.sent) for r in came] == [("storage", 200, 700_000)]


def test_a_hub_started_again_knows_what_it_knew(tmp_path, ask, hub, folder):
    ask(UPLOAD, folder)
    with LoopbackHub(tmp_path / "hub") as again:
        assert again.repo(*REPO).files() == contents(folder)
        assert again.blobs == hub.blobs
        assert http("GET", f"{again.url}/datasets/org/x/resolve/main/data/deep/er.txt")[2] == b"deep"


def test_a_dataset_loads_whole_and_as_a_stream(hub, ask, tmp_path):
    rows = pa.table({"id": range(9000), "noise": [random.Random(n).randbytes(99) for n in range(9000)]})
    (tmp_path / "made").mkdir()
    pq.write_table(rows, tmp_path / "made" / "test.parquet", row_group_size=1000)
    answer = ask(
        UPLOAD
        + """
from datasets import load_dataset
whole, stream = (load_dataset("org/x", split="test", streaming=streaming) for streaming in (False, True))
answer = [whole["id"][:], [row["id"] for row in stream]]
""",
        tmp_path / "made",
    )
    assert answer == [list(range(9000))] * 2
    assert [r for r in hub.requests if r.origin == "storage" and r.range]  # the stream read what it needed


def test_listings_come_in_pages(hub, ask, folder):
    answer = ask(
        UPLOAD
        + """
files = HfFileSystem()
answer = {
    "tree": [f.path for f in api.list_repo_tree(**where, recursive=True)],
    "globbed": files.glob("datasets/org/x/**/*.txt"),
    "read": [files.info("datasets/org/x/data/small.bin")["size"], files.read_text("datasets/org/x/data/deep/er.txt")],
    "sizes": {s.rfilename: s.size for s in api.repo_info(**where, files_metadata=True).siblings},
    "card": api.repo_info(**where).card_data.tags,
}
""",
        folder,
    )
    nested = ["data", "data/deep", "data/deep/er.txt", "data/small.bin", "data/train.parquet"]
    assert answer["tree"] == [".gitattributes", "README.md", *nested, "empty.txt", "with space & ü.txt"]
    assert len(answer["globbed"]) == 3
    assert answer["read"] == [2, "deep"]
    assert answer["sizes"]["data/train.parquet"] == 700_000
    assert answer["card"] == ["one", "two"]
    assert [r.query for r in hub.requests if "cursor=6" in r.query]


# Commits.


def test_a_stale_parent_is_refused(hub, ask):
    answer = ask(
        """
        api.create_repo(**where)
        first = add(b"1", "a.txt").oid
        add(b"1", "b.txt", parent_commit=first)
        answer = refused(add, b"1", "c.txt", parent_commit=first)
        """
    )
    assert answer == ["HfHubHTTPError", 412]
    assert set(hub.repo(*REPO).files()) == {"a.txt", "b.txt"}


def test_no_commit_is_lost_when_many_come_at_once(hub, ask):
    ask(
        """
        from concurrent.futures import ThreadPoolExecutor
        api.create_repo(**where)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: add(b"%d" % n, f"{n}.txt"), range(16)))
        """
    )
    assert hub.repo(*REPO).files() == {f"{n}.txt": b"%d" % n for n in range(16)}
    assert len(hub.repo(*REPO).commits()) == 17


def test_a_commit_of_a_large_file_that_never_arrived_is_refused_whole(hub, ask):
    ask("api.create_repo(**where)")
    head = hub.repo(*REPO).refs
    lines: list[dict[str, Any]] = [
        {"key": "header", "value": {"summary": "s"}},
        {"key": "file", "value": {"path": "a.txt", "content": b64encode(b"a").decode(), "encoding": "base64"}},
        {"key": "lfsFile", "value": {"path": "b.bin", "algo": "sha256", "oid": "0" * 64, "size": 1}},
    ]
    body = "\n".join(map(json.dumps, lines)).encode()
    status, _, told = http("POST", f"{hub.url}/api/datasets/org/x/commit/main", body, WRITE_TOKEN)
    assert status == 400
    assert b"b.bin" in told
    assert hub.repo(*REPO).refs == head


def test_branches_tags_commits_and_pull_requests_are_revisions(hub, ask):
    answer = ask(
        """
        api.create_repo(**where)
        first = add(b"first").oid
        api.create_tag(**where, tag="v1")
        api.create_branch(**where, branch="try/this")
        add(b"second", revision="try/this")
        proposed = add(b"third", create_pr=True)
        read = lambda revision: open(hf_hub_download(**where, filename="a.txt", revision=revision)).read()
        refs = api.list_repo_refs(**where, include_pull_requests=True)
        answer = {
            "read": [read(r) for r in ("main", "v1", "try/this", first, proposed.pr_revision)],
            "refs": [[ref.name for ref in some] for some in (refs.branches, refs.tags, refs.pull_requests)],
            "again": refused(api.create_tag, **where, tag="v1"),
            "nowhere": refused(hf_hub_download, **where, filename="a.txt", revision="nowhere"),
            "nothing": refused(hf_hub_download, **where, filename="nothing.txt"),
        }
        """
    )
    assert answer["read"] == ["first", "first", "second", "first", "third"]
    assert answer["refs"] == [["main", "try/this"], ["v1"], ["1"]]
    assert answer["again"] == ["HfHubHTTPError", 409]
    assert answer["nowhere"] == ["RevisionNotFoundError", 404]
    assert answer["nothing"] == ["RemoteEntryNotFoundError", 404]


# Who may do what.


def test_nothing_is_made_in_a_foreign_namespace_nor_twice(hub, ask):
    answer = ask(
        """
        url = api.create_repo(**where)
        answer = [refused(api.create_repo, "someone/x"), refused(api.create_repo, **where)]
        answer += [api.create_repo(**where, exist_ok=True) == url, str(url)]
        """
    )
    assert answer == [["HfHubHTTPError", 403], ["HfHubHTTPError", 409], True, f"{hub.url}/datasets/org/x"]
    assert not hub.repo("model", "someone/x").exists


@pytest.mark.parametrize(("token", "proposed"), [(OTHER_TOKEN, "refs/pr/1"), (READ_TOKEN, None)])
def test_who_does_not_own_reads_and_at_most_proposes(token, proposed, hub, ask):
    ask('api.create_repo(**where); add(b"1")')
    code = """
        answer = [api.file_exists(**where, filename="a.txt"), refused(add, b"2")]
        answer += [refused(api.create_tag, **where, tag="v"), refused(add, b"\\0" * 99, "a.bin", create_pr=True)]
        """
    no = ["HfHubHTTPError", 403]
    assert ask(code, token=token) == [True, no, no, None if proposed else no]
    assert hub.repo(*REPO).files() == {"a.txt": b"1"}
    if proposed:
        assert hub.repo(*REPO).files(proposed)["a.bin"] == bytes(99)


def test_a_private_repository_is_there_for_its_owners_only(hub, ask):
    ask('api.create_repo("org/x", private=True); add(b"1", repo_type="model")')
    assert hub.repo("model", "org/x").private
    expected = {READ_TOKEN: (200, 200), None: (401, 401), OTHER_TOKEN: (404, 404), "hf_unknown": (401, 401)}
    for token, statuses in expected.items():
        asked = (f"{hub.url}/api/models/org/x", f"{hub.url}/org/x/resolve/main/a.txt")
        assert tuple(http("GET", address, token=token)[0] for address in asked) == statuses


def test_the_storage_wants_no_token_and_the_content_that_it_was_told(hub):
    address = f"{hub.storage_url}/put/{hashlib.sha256(b'a').hexdigest()}"
    assert http("PUT", address, b"a", WRITE_TOKEN)[0] == 400
    assert http("PUT", address, b"something else")[0] == 400
    assert hub.blobs == {}
    assert http("PUT", address, b"a")[0] == 200


@pytest.mark.parametrize(
    ("header", "told"), [("tags: [one", "Invalid YAML"), ("- a list", "must be a mapping"), ("sdk: x", '"sdk" must be')]
)
def test_a_bad_card_is_objected_to(header, told, hub):
    asked = json.dumps({"content": f"---\n{header}\n---\n", "repoType": "space"}).encode()
    status, _, answer = http("POST", f"{hub.url}/api/validate-yaml", asked)
    assert status == 400
    assert told in json.loads(answer)["errors"][0]["message"]


def test_an_eval_yaml_that_makes_no_benchmark_is_refused_with_its_commit(hub, ask):
    answer = ask(
        """
        api.create_repo(**where)
        whole = dict(name="x", description="y", evaluation_framework="harbor", tasks=[{"id": "a"}, {"id": "b"}])
        bad = [b"tasks: [", b"\\xff", b"[]", *(json.dumps({**whole, name: ""}).encode() for name in whole)]
        bad += [json.dumps({**whole, "tasks": [{"id": "a"}, {"config": "b"}]}).encode()]
        answer = []
        for content in bad:
            try:
                add(content, "eval.yaml")
            except Exception as error:
                answer.append([error.response.status_code, error.server_message])
        add(json.dumps(whole).encode(), "eval.yaml")
        """
    )
    words = ["Invalid YAML", "Invalid YAML", "must be a mapping", '"name"', '"description"', '"evaluation_framework"']
    words += ['"tasks" must be an array', '"tasks[1].id" is required']
    assert [status for status, _ in answer] == [400] * len(words)
    assert all(word in said for word, (_, said) in zip(words, answer, strict=True))
    assert len(hub.repo(*REPO).commits()) == 2


# What goes wrong.


def test_a_retry_waits_as_long_as_it_is_told(hub):
    hub.faults.add(Fault("GET", status=429, retry_after=7, after=1))
    answers = [http("GET", f"{hub.url}/api/models/org/x", token=READ_TOKEN)[:2] for _ in range(3)]
    assert [status for status, _ in answers] == [404, 429, 404]
    assert answers[1][1]["retry-after"] == "7"


def test_an_upload_that_is_refused_or_cut_is_sent_again(hub, ask, folder):
    hub.faults.add(Fault("PUT", "/parts/.*/2", status=500))
    hub.faults.add(Fault("PUT", "/parts/.*/3", drop_after=100_000))
    ask(UPLOAD, folder)
    sent = {n: [(r.status, r.received) for r in hub.requests if r.path.endswith(f"/{n}")] for n in (2, 3)}
    assert [status for status, _ in sent[2]] == [500, 200]
    assert sent[3] == [(None, 100_000), (200, 200_000)]
    assert hub.repo(*REPO).files() == contents(folder)


def test_a_download_that_is_cut_goes_on_where_it_was(hub, ask, folder):
    size, written = 11_000_000, 10 * 1024 * 1024  # the client writes so much at once, and goes on from there
    (folder / "data" / "train.parquet").write_bytes(random.Random(1).randbytes(size))
    hub.faults.add(Fault("GET", r"^/get/.*\.parquet", drop_after=10_800_000))
    downloaded = ask(UPLOAD + DOWNLOAD, folder)
    cut, rest = [r for r in hub.requests if r.path.startswith("/get/") and r.path.endswith(".parquet")]
    assert (cut.sent, rest.range, rest.sent) == (10_800_000, f"bytes={written}-", size - written)
    assert contents(Path(downloaded)) == contents(folder)


def test_a_commit_whose_answer_is_lost_is_made(hub, ask, folder):
    hub.faults.add(Fault("POST", "/commit/main", drop_answer=True))
    assert ask(f"answer = refused(exec, {UPLOAD!r})", folder)[0] == "RemoteProtocolError"
    assert hub.repo(*REPO).files() == contents(folder)


@pytest.mark.parametrize("where", ["/parts/.*/3", "/commit/main"])
def test_a_client_killed_before_its_commit_leaves_main_as_it_was(where, hub, start, ask, folder):
    hub.faults.add(Fault(path=where, hold=True))
    client = start(UPLOAD, folder)
    assert hub.faults.held.wait(30)
    client.send_signal(signal.SIGKILL)
    client.communicate()
    hub.faults.release()
    time.sleep(0.2)
    assert hub.repo(*REPO).files() == {}
    assert len(hub.repo(*REPO).commits()) == 1
    ask(UPLOAD, folder)
    assert hub.repo(*REPO).files() == contents(folder)


@pytest.mark.parametrize("module", [large_files, metadata, storage])
def test_the_examples_are_true(module):
    tried = doctest.testmod(module)
    assert tried.failed == 0 < tried.attempted
