"""The command that builds a dataset again, from what its build.json says of it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from mma_bench.builder.options import BuildOptions


def build_command(options: Mapping[str, Any], name: str) -> str | None:
    """What makes a dataset again; None where no command alone does.

    That is where it was built of somebody's recordings, or follows a published plan.

    Args:
        options: of its build.json.
        name: the folder to write.
    """
    if options["source"] != "synthetic" or options.get("plan"):
        return None
    return f"mma-bench build --out {shlex.quote(name)}" + "".join(_flags(options))


def _flags(options: Mapping[str, Any]) -> Iterator[str]:
    usual = json.loads(json.dumps(BuildOptions().content()))
    for name in ("conditions", "splits", "seed", "limit", "size", "seconds", "train_swaps", "long_context"):
        if options[name] != usual[name]:
            values = options[name] if isinstance(options[name], list) else [options[name]]
            for value in values:
                yield f" --{name.replace('_', '-')} {value['tokens'] if isinstance(value, dict) else value}"
