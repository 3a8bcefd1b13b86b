"""The Hub repository to publish to."""

import re
from dataclasses import dataclass

from mma_bench.core.errors import MMABenchError, OptionsError

_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
_NAME = re.compile(r"(?!refs/)\w[\w./-]{0,99}", re.ASCII)


class HubError(MMABenchError):
    """The Hub rejects a publication, or its content must not be published."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A repository on the Hub, with the branch, tag or pull request to publish to.

    Raises:
        OptionsError: a name is invalid, or two options contradict each other.
    """

    id: str
    """`org/name`."""
    private: bool = False
    """Create the repository as private; an existing public repository is rejected."""
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
            raise OptionsError(f"--to {self.id}: invalid repository; expected org/name, such as my-lab/mma-bench")
        if self.id.startswith("ORG/"):
            raise OptionsError(f"--to {self.id}: replace ORG with your organisation or user name")
        try:
            validate_repo_id(self.id)
        except HFValidationError as error:
            raise OptionsError(f"--to {self.id}: invalid repository ({error}); expected org/name") from error
        for option, value in (("--revision", None if self.is_pull_request else self.revision), ("--tag", self.tag)):
            if value is not None and not _NAME.fullmatch(value):
                raise OptionsError(f"{option} {value}: invalid name; expected one such as v1.0")
        if self.create_pr and (self.revision or self.tag or self.private):
            raise OptionsError("--create-pr: cannot be combined with --revision, --tag or --private")

    @property
    def is_pull_request(self) -> bool:
        """`revision` is a pull request."""
        return re.fullmatch(r"refs/pr/\d+", self.revision or "") is not None

    @property
    def named(self) -> str:
        """Reference to the published content: `org/name`, or `org/name@revision`."""
        return f"{self.id}@{self.tag or self.revision}" if self.tag or self.revision else self.id

    @property
    def argument(self) -> str:
        """The revision as a further argument of a Python call; empty for main."""
        return f', revision="{self.tag or self.revision}"' if self.tag or self.revision else ""
