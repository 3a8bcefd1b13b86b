"""The Hub on loopback, asked by the clients that the real one is asked by."""

from __future__ import annotations

import doctest
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from loopback_hub import (
    OTHER_TOKEN,
    READ_TOKEN,
    WRITE_TOKEN,
    Fault,
    LoggedRequest,
    LoopbackHub,
    cards,
    history,
    lfs_rules,
)

EVAL = Path(__file__).parents[1] / "eval"
REPO = ("dataset", "org/x")
LARGE = random.Random(0).randbytes(700_000)

PRELUDE = """
import json, sys
from huggingface_hub import CommitOperationCopy, HfApi, HfFileSystem, hf_hub_download, snapshot_download

api = HfApi()

def refused(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except Exception as error:
        response = getattr(error, "response", None)
        return [type(error).__name__, getattr(response, "status_code", None)]
"""

Ask = Callable[..., Any]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub", multipart_above=500_000, part_bytes=200_000, page=3) as hub:
        yield hub


@pytest.fixture
def start(hub: LoopbackHub, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a client process; what its code leaves in `answer` is printed as JSON."""
    return partial(client, hub, tmp_path / "home")


@pytest.fixture
def ask(start: Callable[..., subprocess.Popen[str]]) -> Ask:
    """Run a client process to its end, and return its `answer`."""
    return lambda *code, **options: answer_of(start(*code, **options))


def client(
    hub: LoopbackHub, home: Path, code: str, *arguments: str | Path, token: str | None = WRITE_TOKEN
) -> subprocess.Popen[str]:
    home.mkdir(exist_ok=True)
    script = f"{PRELUDE}\nanswer = None\n{dedent(code)}\nprint(json.dumps(answer))"
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, **hub.environment(home, token)},
        cwd=home,  # no folder of ours is taken for a repository
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer_of(process: subprocess.Popen[str]) -> Any:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


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
api.create_repo("org/x", repo_type="dataset", exist_ok=True)
api.upload_folder(repo_id="org/x", repo_type="dataset", folder_path=sys.argv[1], commit_message="all of it")
"""
DOWNLOAD = 'answer = snapshot_download("org/x", repo_type="dataset")'


def contents(folder: Path) -> dict[str, bytes]:
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {path: content for path, content in found.items() if path != ".gitattributes"}


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """A redirect is an answer."""


def http(
    method: str, url: str, body: bytes | None = None, token: str | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case, and body, whatever they are."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = build_opener(_Stay).open(Request(url, body, headers, method=method), timeout=10)
    except HTTPError as refusal:
        answer = refusal
    with answer:
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()


# What comes in comes out.


def test_a_folder_comes_back_byte_for_byte(hub, ask, folder):
    downloaded = ask(UPLOAD + DOWNLOAD, folder)
    assert contents(Path(downloaded)) == contents(folder) == hub.repo(*REPO).files()
    assert hub.repo(*REPO).large_files() == {"data/train.parquet", "data/small.bin"}
    assert [commit.title for commit in hub.repo(*REPO).commits()] == ["all of it", "initial commit"]


def test_a_large_file_travels_in_parts_by_way_of_the_other_origin(hub, ask, folder):
    ask(UPLOAD + DOWNLOAD, folder)
    sha256 = hashlib.sha256(LARGE).hexdigest()
    parts = [r for r in hub.requests if r.path.startswith(f"/parts/{sha256}/")]
    assert [part.received for part in parts] == [200_000, 200_000, 200_000, 100_000]
    came = [r for r in hub.requests if r.path == f"/get/{sha256}/data/train.parquet"]
    assert [(r.origin, r.status, r.sent) for r in came] == [("storage", 200, 700_000)]
    assert hub.blobs[sha256] == 700_000


def test_what_is_there_is_not_sent_again(hub, ask, folder):
    ask(UPLOAD, folder)
    before = len(hub.requests)
    ask(UPLOAD, folder)
    assert not [r for r in hub.requests[before:] if r.method == "PUT"]
    assert len(hub.repo(*REPO).commits()) == 2


def test_a_hub_started_again_knows_what_it_knew(tmp_path, ask, hub, folder):
    ask(UPLOAD, folder)
    with LoopbackHub(tmp_path / "hub") as again:
        assert again.repo(*REPO).files() == contents(folder)
        assert again.blobs == hub.blobs
        status, _, body = http("GET", f"{again.url}/datasets/org/x/resolve/main/empty.txt")
        assert (status, body) == (200, b"")


@dataclass(frozen=True)
class Loaded:
    """What the libraries above the client made of what was pushed."""

    whole: list[dict[str, Any]]
    streamed: list[dict[str, Any]]
    accuracy: float
    adapted: int
    requests: list[LoggedRequest]


@pytest.fixture(scope="module")
def loaded(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """All in one process: starting these libraries takes longer than using them."""
    code = """
    from pathlib import Path
    import datasets
    import evaluate
    from peft import PeftModel
    from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker

    dataset, code = map(Path, sys.argv[1:])
    api.create_repo("org/mma-bench", repo_type="dataset")
    api.upload_folder(repo_id="org/mma-bench", repo_type="dataset", folder_path=dataset)
    api.create_repo("org/mma_accuracy", repo_type="space", space_sdk="gradio")
    api.upload_folder(repo_id="org/mma_accuracy", repo_type="space", folder_path=code / "mma_accuracy")
    for name in ("tiny-omni", "tiny-omni-mma"):
        api.create_repo(f"org/{name}")
        api.upload_folder(repo_id=f"org/{name}", folder_path=code / "mma_eval" / "weights" / name)

    kept = ["id", "visual_question"]
    whole = datasets.load_dataset("org/mma-bench", "misaligned", split="test").select_columns(kept)
    stream = datasets.load_dataset("org/mma-bench", "misaligned", split="test", streaming=True).select_columns(kept)
    metric = evaluate.load("org/mma_accuracy")
    tuned = PeftModel.from_pretrained(Thinker.from_pretrained("org/tiny-omni"), "org/tiny-omni-mma")
    answer = {
        "whole": list(whole),
        "streamed": list(stream),
        "accuracy": metric.compute(predictions=["A dog.", "A cat."], references=["dog", "dog"])["accuracy"],
        "adapted": sum("lora" in name for name, _ in tuned.named_parameters()),
    }
    """
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as hub:
        answer = answer_of(client(hub, tmp_path_factory.mktemp("home"), code, built, EVAL))
        return Loaded(**answer, requests=hub.requests)


def test_a_dataset_loads_whole_and_as_a_stream(loaded):
    assert loaded.whole == loaded.streamed != []
    assert [r for r in loaded.requests if r.origin == "storage" and r.range]  # the stream read what it needed


def test_a_metric_loads_from_its_space(loaded):
    assert loaded.accuracy == 0.5


def test_an_adapter_loads_onto_its_base(loaded):
    assert loaded.adapted > 0


# What is asked for in pieces.


def test_a_large_file_comes_in_ranges_from_the_other_origin(hub, ask, folder):
    ask(UPLOAD, folder)
    status, there, _ = http("GET", f"{hub.url}/datasets/org/x/resolve/main/data/train.parquet", Range="bytes=0-1")
    assert (status, there["x-linked-size"]) == (302, "700000")
    assert there["x-linked-etag"] == f'"{hashlib.sha256(LARGE).hexdigest()}"'
    for asked, first, last in (("5-9", 5, 9), ("699990-", 699_990, 699_999), ("-7", 699_993, 699_999)):
        status, headers, body = http("GET", there["location"], Range=f"bytes={asked}")
        assert (status, body) == (206, LARGE[first : last + 1])
        assert headers["content-range"] == f"bytes {first}-{last}/700000"


def test_a_small_file_comes_from_the_hub_itself_and_says_its_commit(hub, ask, folder):
    ask(UPLOAD, folder)
    address = f"{hub.url}/datasets/org/x/resolve/main/data/deep/er.txt"
    status, headers, body = http("HEAD", address)
    assert (status, headers["content-length"], body) == (200, "4", b"")
    assert headers["x-repo-commit"] == hub.repo(*REPO).refs["refs/heads/main"]
    assert http("GET", address, Range="bytes=1-2")[2] == b"ee"
    assert http("GET", address, Range="bytes=4-")[0] == 416


def test_listings_come_in_pages(hub, ask, folder):
    answer = ask(
        UPLOAD
        + """
all_of_it = dict(repo_id="org/x", repo_type="dataset")
answer = {
    "tree": [f.path for f in api.list_repo_tree(**all_of_it, recursive=True, expand=True)],
    "in a folder": [f.path for f in api.list_repo_tree(**all_of_it, path_in_repo="data")],
    "of some": [f.path for f in api.get_paths_info(**all_of_it, paths=["data", "empty.txt", "nothing"])],
    "by commit": {f.path: f.last_commit.title for f in api.list_repo_tree(**all_of_it, expand=True)},
    "files": HfFileSystem().glob("datasets/org/x/**/*.txt"),
    "commits": [c.title for c in api.list_repo_commits(**all_of_it)],
    "datasets": [d.id for d in api.list_datasets(author="org", filter="two")],
    "tagged otherwise": list(api.list_datasets(filter="three")),
    "sizes": {s.rfilename: s.size for s in api.dataset_info("org/x", files_metadata=True).siblings},
    "card": api.dataset_info("org/x").card_data.tags,
}
""",
        folder,
    )
    assert answer["tree"] == [
        ".gitattributes",
        "README.md",
        "data",
        "data/deep",
        "data/deep/er.txt",
        "data/small.bin",
        "data/train.parquet",
        "empty.txt",
        "with space & ü.txt",
    ]
    assert answer["in a folder"] == ["data/deep", "data/small.bin", "data/train.parquet"]
    assert answer["of some"] == ["data", "empty.txt"]
    assert (answer["by commit"]["data"], answer["by commit"][".gitattributes"]) == ("all of it", "initial commit")
    assert len(answer["files"]) == 3
    assert answer["commits"] == ["all of it", "initial commit"]
    assert (answer["datasets"], answer["tagged otherwise"]) == (["org/x"], [])
    assert answer["sizes"]["data/train.parquet"] == 700_000
    assert answer["card"] == ["one", "two"]
    assert [r.query for r in hub.requests if "cursor=6" in r.query]


# Commits.


def test_a_stale_parent_is_refused(hub, ask):
    answer = ask(
        """
        api.create_repo("org/x", repo_type="dataset")
        add = lambda name, **more: api.upload_file(
            path_or_fileobj=b"1", path_in_repo=name, repo_id="org/x", repo_type="dataset", **more)
        first = add("a.txt").oid
        add("b.txt", parent_commit=first)
        answer = refused(add, "c.txt", parent_commit=first)
        """
    )
    assert answer == ["HfHubHTTPError", 412]
    assert set(hub.repo(*REPO).files()) == {"a.txt", "b.txt"}


def test_no_commit_is_lost_when_many_come_at_once(hub, ask):
    ask(
        """
        from concurrent.futures import ThreadPoolExecutor
        api.create_repo("org/x", repo_type="dataset")
        add = lambda n: api.upload_file(
            path_or_fileobj=b"%d" % n, path_in_repo=f"{n}.txt", repo_id="org/x", repo_type="dataset")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(16)))
        """
    )
    assert hub.repo(*REPO).files() == {f"{n}.txt": b"%d" % n for n in range(16)}
    assert len(hub.repo(*REPO).commits()) == 17


def test_files_and_folders_are_deleted_and_copied(hub, ask, folder):
    answer = ask(
        UPLOAD
        + """
where = dict(repo_id="org/x", repo_type="dataset")
copy = CommitOperationCopy("data/train.parquet", "copy.parquet")
api.create_commit(**where, operations=[copy], commit_message="copy")
api.delete_folder("data", **where)
api.delete_file("empty.txt", **where)
answer = refused(api.delete_file, "empty.txt", **where)
""",
        folder,
    )
    assert answer == ["RemoteEntryNotFoundError", 404]
    assert set(hub.repo(*REPO).files()) == {"README.md", "copy.parquet", "with space & ü.txt"}
    assert hub.repo(*REPO).files()["copy.parquet"] == LARGE


def test_a_commit_of_a_large_file_that_never_arrived_is_refused_whole(hub, ask):
    ask('api.create_repo("org/x", repo_type="dataset")')
    head = hub.repo(*REPO).refs
    lines: list[dict[str, Any]] = [
        {"key": "header", "value": {"summary": "s"}},
        {"key": "file", "value": {"path": "a.txt", "content": "a"}},
        {"key": "lfsFile", "value": {"path": "b.bin", "algo": "sha256", "oid": "0" * 64, "size": 1}},
    ]
    body = "\n".join(map(json.dumps, lines)).encode()
    status, _, told = http("POST", f"{hub.url}/api/datasets/org/x/commit/main", body, WRITE_TOKEN)
    assert status == 400
    assert b"b.bin" in told
    assert hub.repo(*REPO).refs == head


def test_content_that_is_not_what_it_is_called_is_refused(hub):
    status, _, _ = http("PUT", f"{hub.storage_url}/put/{'0' * 64}", b"something")
    assert (status, hub.blobs) == (400, {})


def test_branches_tags_and_commits_are_revisions(hub, ask):
    answer = ask(
        """
        where = dict(repo_id="org/x", repo_type="dataset")
        api.create_repo(**where)
        add = lambda text, **more: api.upload_file(path_or_fileobj=text, path_in_repo="a.txt", **where, **more).oid
        first = add(b"first")
        api.create_tag(**where, tag="v1")
        api.create_branch(**where, branch="try/this")
        add(b"second", revision="try/this")
        read = lambda revision: open(hf_hub_download(**where, filename="a.txt", revision=revision)).read()
        refs = api.list_repo_refs(**where)
        answer = {
            "read": [read(r) for r in ("main", "v1", "try/this", first)],
            "refs": [[b.name for b in refs.branches], [t.name for t in refs.tags]],
            "again": refused(api.create_tag, **where, tag="v1"),
            "nowhere": refused(hf_hub_download, **where, filename="a.txt", revision="nowhere"),
            "nothing": refused(hf_hub_download, **where, filename="nothing.txt"),
        }
        api.delete_tag(**where, tag="v1")
        api.delete_branch(**where, branch="try/this")
        """
    )
    assert answer["read"] == ["first", "first", "second", "first"]
    assert answer["refs"] == [["main", "try/this"], ["v1"]]
    assert answer["again"] == ["HfHubHTTPError", 409]
    assert answer["nowhere"] == ["RevisionNotFoundError", 404]
    assert answer["nothing"] == ["RemoteEntryNotFoundError", 404]
    assert set(hub.repo(*REPO).refs) == {"refs/heads/main"}


PROPOSE = """
where = dict(repo_id="org/x", repo_type="dataset")
api.create_repo(**where)
def add(text, name="a.txt", **more):
    return api.upload_file(path_or_fileobj=text, path_in_repo=name, **where, commit_message=f"add {name}", **more)
add(b"old")
proposed = add(b"new", create_pr=True)
"""


def test_a_pull_request_changes_main_when_it_is_merged(hub, ask):
    answer = ask(
        PROPOSE
        + """
read = lambda revision: open(hf_hub_download(**where, filename="a.txt", revision=revision)).read()
answer = [proposed.pr_revision, read("main"), read(proposed.pr_revision)]
add(b"meanwhile", "b.txt")
add(b"also", "c.txt", revision=proposed.pr_revision)
api.merge_pull_request("org/x", proposed.pr_num, repo_type="dataset")
answer += [read("main"), api.get_discussion_details("org/x", 1, repo_type="dataset").status]
answer += [[d.num for d in api.get_repo_discussions("org/x", repo_type="dataset")]]
"""
    )
    assert answer == ["refs/pr/1", "old", "new", "new", "merged", [1]]
    assert hub.repo(*REPO).files() == {"a.txt": b"new", "b.txt": b"meanwhile", "c.txt": b"also"}
    assert hub.repo(*REPO).commits()[0].title == "add a.txt (#1)"


def test_a_pull_request_in_conflict_with_main_is_not_merged(hub, ask):
    answer = ask(
        PROPOSE
        + """
add(b"other")
answer = [refused(api.merge_pull_request, "org/x", 1, repo_type="dataset")]
answer += [api.get_discussion_details("org/x", 1, repo_type="dataset").conflicting_files]
"""
    )
    assert answer == [["HfHubHTTPError", 409], ["a.txt"]]
    assert hub.repo(*REPO).files() == {"a.txt": b"other"}


def test_a_draft_is_opened_before_it_is_merged(hub, ask):
    answer = ask(
        """
        where = dict(repo_id="org/x", repo_type="dataset")
        api.create_repo(**where)
        draft = api.create_pull_request(title="later", **where)
        api.comment_discussion(discussion_num=1, comment="soon", **where)
        answer = [draft.status, refused(api.merge_pull_request, discussion_num=1, **where)]
        api.change_discussion_status(discussion_num=1, new_status="open", **where)
        api.upload_file(path_or_fileobj=b"1", path_in_repo="a.txt", revision="refs/pr/1", **where)
        api.merge_pull_request(discussion_num=1, **where)
        """
    )
    assert answer == ["draft", ["BadRequestError", 400]]
    assert hub.repo(*REPO).files() == {"a.txt": b"1"}


# Who may do what.


def test_a_taken_name_is_told_with_its_address(ask, hub):
    answer = ask(
        """
        url = api.create_repo("org/x", repo_type="dataset")
        answer = [refused(api.create_repo, "org/x", repo_type="dataset")]
        answer += [api.create_repo("org/x", repo_type="dataset", exist_ok=True) == url, str(url)]
        """
    )
    assert answer == [["HfHubHTTPError", 409], True, f"{hub.url}/datasets/org/x"]


def test_nothing_is_made_in_a_foreign_namespace(hub, ask):
    assert ask('answer = refused(api.create_repo, "someone/x")') == ["HfHubHTTPError", 403]
    assert not hub.repo("model", "someone/x").exists


def test_a_foreign_repository_can_be_read_and_proposed_to(hub, ask, folder):
    ask(UPLOAD, folder)
    answer = ask(
        """
        where = dict(repo_id="org/x", repo_type="dataset")
        answer = [
            api.file_exists(**where, filename="README.md"),
            refused(api.upload_file, **where, path_or_fileobj=b"1", path_in_repo="a.txt"),
            api.upload_file(**where, path_or_fileobj=b"\\0" * 99, path_in_repo="a.bin", create_pr=True).pr_revision,
            refused(api.merge_pull_request, **where, discussion_num=1),
        ]
        """,
        token=OTHER_TOKEN,
    )
    assert answer == [True, ["HfHubHTTPError", 403], "refs/pr/1", ["HfHubHTTPError", 403]]
    assert hub.repo(*REPO).files() == contents(folder)
    assert hub.repo(*REPO).files("refs/pr/1")["a.bin"] == bytes(99)


def test_a_read_token_reads_and_does_not_write(hub, ask, folder):
    ask(UPLOAD, folder)
    answer = ask(
        """
        where = dict(repo_id="org/x", repo_type="dataset")
        answer = [
            api.whoami()["auth"]["accessToken"]["role"],
            api.file_exists(**where, filename="README.md"),
            refused(api.create_repo, "org/y"),
            refused(api.upload_file, **where, path_or_fileobj=b"1", path_in_repo="a.txt"),
            refused(api.create_tag, **where, tag="v1"),
            refused(api.delete_repo, **where),
        ]
        """,
        token=READ_TOKEN,
    )
    assert answer == ["read", True, *[["HfHubHTTPError", 403]] * 4]
    assert "a.txt" not in hub.repo(*REPO).files()


def test_an_unknown_token_is_told_so(ask):
    answer = ask('answer = [refused(api.whoami), refused(api.model_info, "org/x")]', token="hf_unknown")
    assert answer == [["HfHubHTTPError", 401]] * 2


def test_a_private_repository_is_there_for_its_owners_only(hub, ask):
    look = 'answer = [refused(api.model_info, "org/x"), [m.id for m in api.list_models(author="org")]]'
    ask(
        """
        api.create_repo("org/x", private=True)
        api.upload_file(path_or_fileobj=b"\\0", path_in_repo="a.bin", repo_id="org/x")
        """
    )
    assert hub.repo("model", "org/x").private
    assert ask(look, token=READ_TOKEN) == [None, ["org/x"]]
    assert ask(look, token=None) == [["RepositoryNotFoundError", 401], []]
    assert ask(look, token=OTHER_TOKEN) == [["RepositoryNotFoundError", 404], []]
    assert http("GET", f"{hub.url}/org/x/resolve/main/a.bin")[0] == 401
    ask('api.update_repo_settings("org/x", private=False)')
    assert ask(look, token=None) == [None, ["org/x"]]


def test_repositories_move_and_go(hub, ask):
    answer = ask(
        """
        api.create_repo("x")
        api.move_repo("tester/x", "org/y")
        answer = [api.repo_exists("tester/x"), api.repo_exists("org/y"), api.repo_exists("org/y", repo_type="dataset")]
        api.delete_repo("org/y")
        answer += [api.repo_exists("org/y"), api.repo_exists("no-namespace")]
        """
    )
    assert answer == [False, True, False, False, False]


def test_the_storage_wants_no_token(hub):
    sha256 = hashlib.sha256(b"a").hexdigest()
    assert http("PUT", f"{hub.storage_url}/put/{sha256}", b"a", WRITE_TOKEN)[0] == 400
    assert http("PUT", f"{hub.storage_url}/put/{sha256}", b"a")[0] == 200


@pytest.mark.parametrize(
    ("card", "told"),
    [
        ("---\ntags: [one\n---\n", "Invalid YAML"),
        ("---\n- a list\n---\n", "must be a mapping"),
        ("---\ncolorFrom: beige\n---\n", "colorFrom"),
    ],
)
def test_a_bad_card_is_refused_before_anything_is_sent(card, told, hub, ask):
    answer = ask(
        """
        api.create_repo("org/x", repo_type="space", space_sdk="gradio")
        try:
            api.upload_file(
                path_or_fileobj=sys.argv[1].encode(), path_in_repo="README.md", repo_id="org/x", repo_type="space")
        except ValueError as error:
            answer = str(error)
        """,
        card,
    )
    assert told in answer
    assert hub.repo("space", "org/x").files() == {}


def test_a_space_has_hardware_variables_and_secrets(hub, ask):
    answer = ask(
        """
        api.create_repo("org/s", repo_type="space", space_sdk="gradio")
        api.upload_file(path_or_fileobj=b"1", path_in_repo="app.py", repo_id="org/s", repo_type="space")
        api.add_space_secret("org/s", "KEY", "hidden")
        api.add_space_variable("org/s", "MODEL", "org/tiny-omni")
        api.request_space_hardware("org/s", "zero-a10g")
        runtime, variables = api.get_space_runtime("org/s"), api.get_space_variables("org/s")
        answer = [runtime.stage, runtime.hardware, variables["MODEL"].value, api.space_info("org/s").sdk]
        """
    )
    assert answer == ["RUNNING", "zero-a10g", "org/tiny-omni", "gradio"]
    assert list(hub.repo("space", "org/s").space["secrets"]) == ["KEY"]
    assert "hidden" not in str(hub.repo("space", "org/s").space)


# What goes wrong.


@pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 0}, {"status": 500}])
def test_a_passing_refusal_is_got_over(fault, hub, ask, folder):
    hub.faults.add(Fault("PUT", "/parts/.*/2", **fault))
    ask(UPLOAD, folder)
    assert [r.status for r in hub.requests if r.path.endswith("/2")] == [fault["status"], 200]
    assert hub.repo(*REPO).files() == contents(folder)


def test_a_lasting_refusal_is_told(hub, ask, folder):
    hub.faults.add(Fault("POST", "/commit/", times=None, status=503))
    assert ask(f"answer = refused(exec, {UPLOAD!r})", folder) == ["HfHubHTTPError", 503]
    assert hub.repo(*REPO).files() == {}
    assert hashlib.sha256(LARGE).hexdigest() in hub.blobs


def test_a_retry_waits_as_long_as_it_is_told(hub):
    hub.faults.add(Fault("GET", status=429, retry_after=7, after=1))
    answers = [http("GET", f"{hub.url}/api/whoami-v2", token=READ_TOKEN)[:2] for _ in range(3)]
    assert [status for status, _ in answers] == [200, 429, 200]
    assert answers[1][1]["retry-after"] == "7"


def test_an_upload_that_is_cut_is_sent_again(hub, ask, folder):
    hub.faults.add(Fault("PUT", "/parts/.*/3", drop_after=100_000))
    ask(UPLOAD, folder)
    cut, whole = [r for r in hub.requests if r.path.endswith("/3")]
    assert (cut.status, cut.received) == (None, 100_000)
    assert (whole.status, whole.received) == (200, 200_000)
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


def test_a_request_that_is_held_goes_on_when_it_is_released(hub, start):
    hub.faults.add(Fault("GET", "/whoami", hold=True))
    client = start('answer = api.whoami()["name"]')
    assert hub.faults.held.wait(30)
    assert client.poll() is None
    hub.faults.release()
    assert json.loads(client.communicate(timeout=30)[0]) == "tester"


@pytest.mark.parametrize("module", [cards, history, lfs_rules])
def test_the_examples_are_true(module):
    tried = doctest.testmod(module)
    assert tried.failed == 0 < tried.attempted


def test_requests_are_noted(hub):
    http("GET", f"{hub.url}/api/models/org/x?blobs=1", token=READ_TOKEN, Range="bytes=0-", **{"User-Agent": "me"})
    (noted,) = hub.requests
    assert (noted.method, noted.path, noted.query, noted.origin) == ("GET", "/api/models/org/x", "blobs=1", "hub")
    assert (noted.status, noted.user_agent, noted.range, noted.with_token) == (404, "me", "bytes=0-", True)
    assert noted.received == 0 < noted.sent
