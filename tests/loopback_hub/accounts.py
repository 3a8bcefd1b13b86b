"""The accounts of the loopback Hub, and their rights."""

from dataclasses import dataclass

USER = "tester"
ORGANIZATION = "org"
WRITE_TOKEN = "hf_write_on_loopback"
READ_TOKEN = "hf_read_on_loopback"
"""A valid token without the right to write."""
OTHER_TOKEN = "hf_write_of_someone_else"
"""Token of a user outside the organization."""


@dataclass(frozen=True)
class Account:
    """A user with the rights of one token."""

    name: str
    namespaces: tuple[str, ...]
    """Namespaces in which the user may create and change repositories."""
    writes: bool = True


ACCOUNTS = {
    WRITE_TOKEN: Account(USER, (USER, ORGANIZATION)),
    READ_TOKEN: Account(USER, (USER, ORGANIZATION), writes=False),
    OTHER_TOKEN: Account("someone", ("someone",)),
}
