"""Where something is published."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mma_bench.errors import MMABenchError, OptionsError

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}")
_REF = re.compile(r"[A-Za-z0-9][\w./-]{0,99}")


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
        if not _REPOSITORY.fullmatch(self.id) or "--" in self.id or ".." in self.id:
            raise OptionsError(f"--to {self.id}: expected org/name, such as my-lab/mma-bench")
        for option, value in (("--revision", self.revision), ("--tag", self.tag)):
            if value is not None and (not _REF.fullmatch(value) or ".." in value):
                raise OptionsError(f"{option} {value}: expected a name such as v1.0")
        if self.create_pr and (self.revision or self.tag or self.private):
            raise OptionsError(
                "--create-pr: proposes a change of a repository's main; leave --revision, --tag and --private out"
            )

    @property
    def found_at(self) -> str | None:
        """The revision under which it is found afterwards; None for main."""
        return self.tag or self.revision
