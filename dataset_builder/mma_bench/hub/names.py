"""Names on the Hub."""

from __future__ import annotations

from pathlib import Path


def names_a_repository(where: str) -> bool:
    """Whether a name is `org/name` on the Hub: of that form, and no path that is there, which comes first.

    >>> names_a_repository("org/mma-bench"), names_a_repository("./clips"), names_a_repository("a/b.parquet")
    (True, False, False)
    """
    form = where.count("/") == 1 and not where.startswith((".", "/", "~")) and not where.endswith(("/", ".parquet"))
    return form and not Path(where).exists()
