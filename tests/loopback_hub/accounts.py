"""Who there is, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

USER = "tester"
ORGANIZATION = "org"
WRITE_TOKEN = "hf_write_on_loopback"
READ_TOKEN = "hf_read_on_loopback"
"""Valid, and good for reading only."""
OTHER_TOKEN = "hf_write_of_someone_else"
"""Of a user who does not belong to the organization."""


@dataclass(frozen=True)
class Account:
    """A user, as one token shows them."""

    name: str
    namespaces: tuple[str, ...]
    """Repositories there are theirs to make and change."""
    writes: bool = True


ACCOUNTS = {
    WRITE_TOKEN: Account(USER, (USER, ORGANIZATION)),
    READ_TOKEN: Account(USER, (USER, ORGANIZATION), writes=False),
    OTHER_TOKEN: Account("someone", ("someone",)),
}
