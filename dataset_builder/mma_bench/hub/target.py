"""The repository on the Hub that something is published to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mma_bench.core.errors import MMABenchError, OptionsError

_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
_NAME = re.compile(r"(?!refs/)\w[\w./-]{0,99}", re.ASCII)
_PULL_REQUEST = re.compile(r"refs/pr/\d+")


class HubError(MMABenchError):
    """The Hub refuses a publication, or something must not be published."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A repository on the Hub, and the way to change it.

    Raises:
        OptionsError: a name is invalid, or two options contradict each other.
    """

    id: str
    """`org/name`."""
    private: bool = False
    """Create it private; an existing public repository is refused."""
    revision: str | None = None
    """A branch to change instead of main, created if missing; or a pull request, `refs/pr/1`."""
    tag: str | None = None
    """A tag for the commit. Tags are never moved."""
    create_pr: bool = False
    """Open a pull request instead of changing the branch."""

    def __post_init__(self) -> None:
        from huggingface_hub.errors import HFValidationError
        from huggingface_hub.utils._validators import validate_repo_id

        if not _REPOSITORY.fullmatch(self.id):
            raise OptionsError(f"--to {self.id}: expected org/name, such as my-lab/mma-bench")
        if self.id.startswith("ORG/"):
            raise OptionsError(f"--to {self.id}: ORG stands for your organisation or user name")
        try:
            validate_repo_id(self.id)
        except HFValidationError as error:
            raise OptionsError(f"--to {self.id}: expected org/name, such as my-lab/mma-bench ({error})") from error
        for option, value in (("--revision", self.revision), ("--tag", self.tag)):
            if (
                value is not None
                and not _NAME.fullmatch(value)
                and not (value == self.revision and self.is_pull_request)
            ):
                raise OptionsError(f"{option} {value}: expected a name such as v1.0")
        if self.create_pr and (self.revision or self.tag or self.private):
            raise OptionsError("--create-pr: proposes a change to main; leave out --revision, --tag and --private")

    @property
    def is_pull_request(self) -> bool:
        """`revision` is a pull request."""
        return self.revision is not None and _PULL_REQUEST.fullmatch(self.revision) is not None

    @property
    def named(self) -> str:
        """The reference under which it is found afterwards: `org/name`, or `org/name@revision`."""
        revision = self.tag or self.revision
        return f"{self.id}@{revision}" if revision else self.id

    @property
    def argument(self) -> str:
        """The argument that follows the id in a Python call: empty, or the revision."""
        revision = self.tag or self.revision
        return f', revision="{revision}"' if revision else ""
