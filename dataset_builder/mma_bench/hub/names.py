"""Names on the Hub."""

from __future__ import annotations


def names_a_repository(where: str) -> bool:
    """Whether a name is `org/name` rather than a path.

    >>> names_a_repository("org/mma-bench"), names_a_repository("./clips"), names_a_repository("a/b.parquet")
    (True, False, False)
    """
    return where.count("/") == 1 and not where.startswith((".", "/", "~")) and not where.endswith(("/", ".parquet"))
