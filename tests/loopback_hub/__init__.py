"""A Hugging Face Hub on loopback, for tests: it speaks the real protocol to the real clients, and fails on demand.

    with LoopbackHub(tmp_path / "hub") as hub:
        subprocess.run([...], env={**os.environ, **hub.environment(tmp_path / "home")})
        assert hub.repo("dataset", "org/mma-bench").files()["README.md"] == b"..."

The endpoints are in `repositories.py`, `commits.py`, `files.py` and `large_files.py`, with their common code in
`calls.py`. `storage.py` stores repositories and knows nothing of HTTP. `wire.py` logs requests and applies faults.

The protocol covers publishing and loading. It lacks Xet (clients fall back to LFS when `HF_HUB_DISABLE_XET` is set),
deleting, moving and listing repositories, merging pull requests, a Space's settings, and git itself.
"""

from loopback_hub.accounts import ORGANIZATION, OTHER_TOKEN, READ_TOKEN, USER, WRITE_TOKEN
from loopback_hub.faults import Fault
from loopback_hub.server import LoopbackHub

__all__ = ["ORGANIZATION", "OTHER_TOKEN", "READ_TOKEN", "USER", "WRITE_TOKEN", "Fault", "LoopbackHub"]
