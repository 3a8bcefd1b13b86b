"""Recognise and split references to Hub repositories."""

import os


def names_a_repository(where: str) -> bool:
    """Return whether a reference is `org/name` or `org/name@revision`; an existing path takes precedence.

    >>> names_a_repository("org/mma-bench"), names_a_repository("./clips"), names_a_repository("a/b.parquet")
    (True, False, False)
    """
    form = where.count("/") == 1 and not where.startswith((".", "/", "~")) and not where.endswith(("/", ".parquet"))
    return form and not os.path.exists(where)  # noqa: PTH110 - Path.exists raises where a name is too long


def with_revision(where: str) -> tuple[str, str | None]:
    """Split a reference into repository and revision; the revision None means main.

    >>> with_revision("org/mma-bench@v1"), with_revision("org/mma-bench")
    (('org/mma-bench', 'v1'), ('org/mma-bench', None))
    """
    name, _, revision = where.partition("@")
    return name, revision or None
