"""A Hugging Face Hub on loopback, for tests: it speaks the real protocol to the real clients, and fails when told.

    with LoopbackHub(tmp_path / "hub") as hub:
        subprocess.run([...], env={**os.environ, **hub.environment(tmp_path / "home")})
        assert hub.repo("dataset", "org/mma-bench").files()["README.md"] == b"..."

What clients see is in `repositories.py`, `commits.py`, `files.py` and `large_files.py`, with `calls.py` for what these
share; what is kept is in `storage.py`, which knows nothing of HTTP; `wire.py` notes requests and lets faults strike.

Spoken is what publishing and loading need. Not: Xet (clients fall back to LFS when `HF_HUB_DISABLE_XET` is set),
deleting, moving and listing repositories, merging pull requests, a Space's settings, git itself.
"""

from loopback_hub.accounts import ORGANIZATION, OTHER_TOKEN, READ_TOKEN, USER, WRITE_TOKEN
from loopback_hub.faults import Fault
from loopback_hub.server import LoopbackHub

__all__ = ["ORGANIZATION", "OTHER_TOKEN", "READ_TOKEN", "USER", "WRITE_TOKEN", "Fault", "LoopbackHub"]
