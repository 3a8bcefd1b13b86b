"""The command that builds a dataset again, from what its build.json says of it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mma_bench.builder.options import BuildOptions
from mma_bench.builder.staging import BUILD_JSON


def build_command(folder: Path) -> str | None:
    """What makes the dataset of a folder again, under its name; None where no command alone does.

    That is where it was built of somebody's recordings, or follows a published plan.
    """
    options = json.loads((folder / BUILD_JSON).read_text(encoding="utf-8"))["options"]
    if options["source"] != "synthetic" or options.get("plan"):
        return None
    return f"mma-bench build --out {shlex.quote(folder.resolve().name)}" + "".join(_flags(options))


def _flags(options: Mapping[str, Any]) -> Iterator[str]:
    usual = json.loads(json.dumps(BuildOptions().content()))
    for name in ("conditions", "splits", "seed", "limit", "size", "seconds", "train_swaps", "long_context"):
        if options[name] != usual[name]:
            values = options[name] if isinstance(options[name], list) else [options[name]]
            for value in values:
                yield f" --{name.replace('_', '-')} {value['tokens'] if isinstance(value, dict) else value}"
