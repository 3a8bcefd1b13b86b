"""Who asks, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from loopback_hub.refusals import HubError

USER = "tester"
ORGANIZATION = "org"
SOMEONE_ELSE = "someone"
WRITE_TOKEN = "hf_write_on_loopback"
READ_TOKEN = "hf_read_on_loopback"
"""Valid, and good for reading only."""
OTHER_TOKEN = "hf_write_of_someone_else"
"""Of a user who does not belong to the organization."""

INVALID = "Invalid credentials in Authorization header"
"""Clients tell a bad token from a missing repository by these words."""


@dataclass(frozen=True)
class Account:
    """A user, as one token shows them."""

    name: str
    organizations: tuple[str, ...]
    role: Literal["read", "write"]

    def owns(self, namespace: str) -> bool:
        """Whether repositories there are theirs to make and change."""
        return namespace == self.name or namespace in self.organizations

    def whoami(self) -> dict[str, Any]:
        """How the Hub introduces them."""
        return {
            "type": "user",
            "id": self.name,
            "name": self.name,
            "fullname": self.name.title(),
            "email": f"{self.name}@example.org",
            "isPro": False,
            "orgs": [
                {"type": "org", "id": o, "name": o, "fullname": o, "roleInOrg": "admin"} for o in self.organizations
            ],
            "auth": {"type": "access_token", "accessToken": {"displayName": "loopback", "role": self.role}},
        }


ACCOUNTS = {
    WRITE_TOKEN: Account(USER, (ORGANIZATION,), "write"),
    READ_TOKEN: Account(USER, (ORGANIZATION,), "read"),
    OTHER_TOKEN: Account(SOMEONE_ELSE, (), "write"),
}


def account(authorization: str | None) -> Account | None:
    """Who sent an `Authorization` header; None is a stranger.

    Raises:
        HubError: 401, the token is unknown.
    """
    if not authorization:
        return None
    known = ACCOUNTS.get(authorization.removeprefix("Bearer "))
    if known is None:
        raise HubError(401, INVALID)
    return known
