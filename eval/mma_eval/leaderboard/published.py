"""What of a run.json is published: chosen fields, never folders, commands or machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mma_eval.leaderboard.families import FAMILIES
from mma_eval.run.provenance import LIBRARIES

_MODEL = (
    "family", "revision", "sha256", "code_sha256", "dtype", "attention", "decoding", "fps", "size", "min_pixels",
    "max_pixels", "media", "media_resolution", "thinking_budget", "system_prompt", "max_new_tokens",
)  # fmt: skip
_ADAPTER = ("name", "sha256", "unseen_classes")
_VERSIONS = ("mma-bench", *LIBRARIES, *dict.fromkeys(name for f in FAMILIES.values() for name in f.libraries), "peft")


def published(record: Mapping[str, Any]) -> dict[str, str]:
    """What a board says of how a run was made, by dotted field of run.json.

    >>> published({"model": {"name": "x", "fps": 2.0}, "folder": "/home/me", "versions": {"av": "17", "mine": "1"}})
    {'model.name': 'x', 'model.fps': '2.0', 'versions.av': '17'}
    """
    model = _section(record, "model")
    chosen = {
        "model.name": model_label({"model": {**model, "adapter": None}}),
        **{f"model.{name}": model.get(name) for name in _MODEL},
        **{f"model.adapter.{name}": _section(model, "adapter").get(name) for name in _ADAPTER},
        **{f"versions.{name}": _section(record, "versions").get(name) for name in _VERSIONS},
        "started": record.get("started"),
    }
    return {name: _text(value) for name, value in chosen.items() if value is not None and value != ""}


def model_label(record: Mapping[str, Any]) -> str:
    """The model's name with its adapter's; empty where it has none.

    >>> model_label({"model": {"name": "tiny-omni", "adapter": {"name": "mine"}}})
    'tiny-omni + mine'
    >>> model_label({"model": {"class": "my:MyModel"}})
    'MyModel'
    """
    model = _section(record, "model")
    name = model.get("name") or str(model.get("class") or "").rpartition(":")[2]
    adapter = _section(model, "adapter").get("name")
    return " + ".join(part for part in (name, adapter) if isinstance(part, str) and part.strip())


def _section(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = record.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
