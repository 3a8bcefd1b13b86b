"""Define what to publish to which repository on the Hub, and check it before the upload."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

import typer

from mma_bench.core.errors import MMABenchError, OptionsError

CARD = "README.md"
RepoType = Literal["dataset", "model", "space"]

_IGNORED = (".DS_Store", ".git", ".gitattributes", ".cache", "__pycache__")
"""Names of files and folders left by tools; they are neither published nor reported."""
_PROVENANCE = (".json", ".yaml", ".parquet")
"""Suffixes of provenance files, which may contain local paths and URLs with credentials."""
_SECRETS: dict[str, re.Pattern[str]] = {
    "a Hub token": re.compile(r"\bhf_[A-Za-z0-9]{30,}"),
    "an API key": re.compile(r"\b(sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{30,})"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
_IN_PROVENANCE: dict[str, re.Pattern[str]] = {
    "a password in a URL": re.compile(r"https?://[^\s/@:\"']+:[^\s/@\"']+@"),
    "a signed URL": re.compile(r"[?&](X-Amz-Signature|Signature|sig|token|access_token)=[^\s&\"']{8,}"),
    "a local path": re.compile(r"(?<![\w.:/@-])(/[\w.-]+){2,}|\b[A-Z]:\\\\\w"),
}

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

    id: Annotated[str, typer.Option("--to", metavar="ORG/NAME", help="The repository on the Hub.")]
    private: Annotated[bool, typer.Option("--private", help="Create a repository that only its members see.")] = False
    """If True, create a private repository, and reject an existing public one."""
    revision: Annotated[str | None, typer.Option(help="The branch to change instead of main, or refs/pr/1.")] = None
    """Branch or pull request to publish to; None for main. A missing branch is created."""
    tag: Annotated[str | None, typer.Option(help="A name for this version, such as v1.0; it is never moved.")] = None
    create_pr: Annotated[bool, typer.Option("--create-pr", help="Open a pull request instead of changing main.")] = (
        False
    )

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
                such = "next, or refs/pr/1 for a pull request" if option == "--revision" else "v1.0; refs/ is reserved"
                rule = "up to 100 letters, digits or any of . _ - / (not first)"
                raise OptionsError(f"{option} {value}: invalid name; expected {rule}, such as {such}")
        others = [f"--{name}" for name in ("revision", "tag", "private") if getattr(self, name)]
        if self.create_pr and others:
            raise OptionsError(f"--create-pr: cannot be combined with {' and '.join(others)}; omit one or the other")

    @property
    def is_pull_request(self) -> bool:
        """True if `revision` is a pull request."""
        return re.fullmatch(r"refs/pr/\d+", self.revision or "") is not None

    @property
    def named(self) -> str:
        """Reference to the published content: `org/name`, or `org/name@revision`."""
        return f"{self.id}@{self.tag or self.revision}" if self.tag or self.revision else self.id

    @property
    def argument(self) -> str:
        """Code that passes the revision as a further argument of a Python call; empty for main."""
        return f', revision="{self.tag or self.revision}"' if self.tag or self.revision else ""


@dataclass(frozen=True)
class Publication:
    """The content to publish in a repository."""

    what: str
    """Kind of content: dataset, metric, adapter or space."""
    repo_type: RepoType
    files: Mapping[str, Path | bytes]
    """Local path or content of each file, by path in the repository; includes the card."""
    allowed: Sequence[str]
    """Patterns of the files that may be published; files in the repository that match none of them are left alone."""
    mark: str
    """Name of the file that identifies a repository of this kind if its text contains `mark_says`."""
    mark_says: str
    usage: str
    """Commands or code that load the publication."""
    note: str = ""
    """Remark for the publisher."""
    optional: str | None = None
    """Path of a file that the Hub may reject; the other files are published regardless."""

    @property
    def card(self) -> str:
        """Text of README.md."""
        return content_of(self.files[CARD]).decode()

    @property
    def sizes(self) -> Mapping[str, int]:
        """Size of each file in bytes, by path in the repository."""
        files = self.files.items()
        return {path: len(held) if isinstance(held, bytes) else held.stat().st_size for path, held in files}


def files_of(folder: Path, allowed: Sequence[str], *, what: str) -> dict[str, Path | bytes]:
    """List the files of a folder by relative path; each must match one of the patterns in `allowed`.

    Raises:
        HubError: the folder contains other files, or a symlink to a folder.
    """
    found = {path.relative_to(folder).as_posix(): path for path in _plain(folder)}
    strangers = [name for name in found if not matches(name, allowed)]
    if strangers:
        more = f" and {len(strangers) - 5} more" if len(strangers) > 5 else ""
        raise HubError(
            f"{folder}: contains {', '.join(strangers[:5])}{more}, not part of {what}; move such files elsewhere, so "
            "that nothing private is published"
        )
    return dict(found)


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Return whether a path matches a pattern; `*` matches no slash, and a final `/**` matches all files in a folder.

    >>> matches("a/b.py", ["*.py"]), matches("a/b.py", ["*/*.py"]), matches("a/b/c.py", ["a/**"])
    (False, True, True)
    """
    return any(
        path.startswith(pattern.removesuffix("**"))
        if pattern.endswith("/**")
        else path.count("/") == pattern.count("/") and fnmatchcase(path, pattern)
        for pattern in patterns
    )


def require_publishable(publication: Publication) -> None:
    """Check that the card has a licence and that no text contains a secret.

    Raises:
        HubError: a check fails; for a secret, the message names the file and line.
    """
    _require_card(publication)
    for path, held in publication.files.items():
        is_provenance = "/" not in path and path.endswith(_PROVENANCE)
        text = _table_text(held) if is_provenance and path.endswith(".parquet") else _text(held)
        for kind, pattern in (_SECRETS | _home() | (_IN_PROVENANCE if is_provenance else {})).items():
            if match := pattern.search(text):
                line = text.count("\n", 0, match.start()) + 1
                raise HubError(
                    f"{path}, line {line}: contains {kind} ({match[0][:12]}...); remove it before you publish"
                )


def _require_card(publication: Publication) -> None:
    import yaml
    from huggingface_hub import DatasetCard, ModelCard, SpaceCard

    kind = {"dataset": DatasetCard, "model": ModelCard, "space": SpaceCard}[publication.repo_type]
    try:
        data = kind(publication.card).data
    except (ValueError, yaml.YAMLError) as error:
        raise HubError(f"{CARD}: invalid YAML front matter ({' '.join(str(error).split())}); correct it") from error
    if not data.get("license"):
        raise HubError(f"{CARD}: no `license` in its YAML front matter; add one, such as apache-2.0")


def _home() -> dict[str, re.Pattern[str]]:
    """Return a pattern, with its description, for paths below the home folder; empty if that folder is the root."""
    home = Path.home()
    return {} if home == Path(home.anchor) else {"a path in your home folder": re.compile(re.escape(f"{home}/"))}


def _plain(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _IGNORED:
            continue
        if not path.is_dir():
            yield path
        elif path.is_symlink():
            raise HubError(f"{path}: is a symlink to a folder; replace it with the folder")
        else:
            yield from _plain(path)


def _text(held: Path | bytes) -> str:
    """Return the text of a file; empty for binary files."""
    try:
        return content_of(held).decode()
    except UnicodeDecodeError:
        return ""


def _table_text(held: Path | bytes) -> str:
    """Return the strings and the metadata of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(pa.BufferReader(held) if isinstance(held, bytes) else held) as file:
        schema = file.schema_arrow
        notes = b"\n".join((schema.metadata or {}).values()).decode(errors="replace")
        names = [field.name for field in schema if pa.types.is_string(field.type)]
        columns = file.read(columns=names).columns
        return "\n".join([notes, *(str(value) for column in columns for value in column.unique().to_pylist())])


def content_of(held: Path | bytes) -> bytes:
    """Return the content of a file to publish, given as a path or as bytes."""
    return held if isinstance(held, bytes) else held.read_bytes()
