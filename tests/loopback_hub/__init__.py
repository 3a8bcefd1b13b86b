"""A Hugging Face Hub on loopback, for tests: it speaks the real protocol to the real clients, and fails when told.

    with LoopbackHub(tmp_path / "hub") as hub:
        subprocess.run([...], env={**os.environ, **hub.environment(tmp_path / "home")})
        assert hub.repo("dataset", "org/mma-bench").files()["README.md"] == b"..."

What a client sees is in the files named after it (`files.py`, `commits.py`, `uploads.py`, ...); what is kept is in
`storage.py`, `history.py` and `blobs.py`, which know nothing of HTTP; `wire.py` notes requests and lets faults strike.

Not spoken: Xet (clients fall back to LFS when `HF_HUB_DISABLE_XET` is set), gating, `.gitignore` on
the Hub's side, collections, webhooks, git itself.
"""

from loopback_hub.accounts import ORGANIZATION, OTHER_TOKEN, READ_TOKEN, USER, WRITE_TOKEN
from loopback_hub.faults import Fault
from loopback_hub.history import Commit
from loopback_hub.server import LoopbackHub
from loopback_hub.view import RepoView
from loopback_hub.wire import LoggedRequest

__all__ = [
    "ORGANIZATION",
    "OTHER_TOKEN",
    "READ_TOKEN",
    "USER",
    "WRITE_TOKEN",
    "Commit",
    "Fault",
    "LoggedRequest",
    "LoopbackHub",
    "RepoView",
]
