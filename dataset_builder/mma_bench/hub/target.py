"""Where something is published."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mma_bench.core.errors import MMABenchError, OptionsError

_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
_NAME = re.compile(r"(?!refs/)\w[\w./-]{0,99}", re.ASCII)
_PROPOSAL = re.compile(r"refs/pr/\d+")


class HubError(MMABenchError):
    """The Hub refuses, or what was to be published may not be."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A repository on the Hub, and the way in which it is changed.

    Raises:
        OptionsError: no such name can be, or two options contradict each other.
    """

    id: str
    """`org/name`."""
    private: bool = False
    """Created so; one that is there and public is refused."""
    revision: str | None = None
    """A branch to change in main's place, created where it is not there; or a pull request, `refs/pr/1`."""
    tag: str | None = None
    """A name for the commit. Tags are never moved."""
    create_pr: bool = False
    """Propose the change instead of making it."""

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
            if value is not None and not _NAME.fullmatch(value) and not (value == self.revision and self.is_proposal):
                raise OptionsError(f"{option} {value}: expected a name such as v1.0")
        if self.create_pr and (self.revision or self.tag or self.private):
            raise OptionsError(
                "--create-pr: proposes a change of a repository's main; leave --revision, --tag and --private out"
            )

    @property
    def is_proposal(self) -> bool:
        """Whether `revision` is a pull request."""
        return self.revision is not None and _PROPOSAL.fullmatch(self.revision) is not None

    @property
    def named(self) -> str:
        """What is typed to find it afterwards: `org/name`, or `org/name@revision`."""
        revision = self.tag or self.revision
        return f"{self.id}@{revision}" if revision else self.id

    @property
    def argument(self) -> str:
        """What follows the id in a Python call: nothing, or the revision."""
        revision = self.tag or self.revision
        return f', revision="{revision}"' if revision else ""
