"""What the Hub's errors mean for who publishes."""

from __future__ import annotations

from collections.abc import Mapping

from mma_bench.errors import first_line
from mma_bench.hub.target import HubError, Target

_MEANINGS: Mapping[int, str] = {
    401: "there is no valid token; `hf auth login`, or set HF_TOKEN",
    402: "the account does not include that",
    403: "the token may not write there; make one with write access to it (huggingface.co/settings/tokens)",
    404: "there is no such repository, or the token may not see it",
    412: "somebody published at the same time; look at what they did, then run the same command again",
    429: "the Hub is busy; run the same command later, it goes on where it stopped",
}


def explained(error: Exception, target: Target, endpoint: str) -> HubError:
    """A Hub's or network's error in words."""
    response = getattr(error, "response", None)
    if response is None:
        return HubError(
            f"{endpoint} cannot be reached ({first_line(error)}); nothing was published. Run the same command again, "
            "it goes on where it stopped"
        )
    said = getattr(error, "server_message", None) or first_line(error)
    meaning = _MEANINGS.get(response.status_code, "nothing was published; run the same command again")
    return HubError(f"--to {target.id}: {meaning} (the Hub says {response.status_code}: {said})")
