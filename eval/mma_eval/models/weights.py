"""Identify the weights of a checkpoint without loading them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mma_bench.core.errors import first_line
from mma_bench.core.records import Json
from mma_eval.model import ModelError

_BLOCK, _BLOCKS = 1 << 20, 16
_CONTENT = ("*.safetensors", "*config.json", "tokenizer*", "vocab*", "merges.txt", "chat_template*", "*.index.json")
"""Files that affect a checkpoint's answers, unlike its card and training records."""


@dataclass(frozen=True)
class Weights:
    """Identity and basic settings of a checkpoint."""

    name: str
    """Folder name without the path, or Hub id."""
    revision: str
    """Commit on the Hub, or digest of a local folder's weights."""
    model_type: str
    dtype: str
    sampling: Mapping[str, Json] | None
    """Frames per second, height and width from `mma_bench` in config.json, if present."""


def describe_weights(name: str, revision: str | None = None) -> Weights:
    """Read the config of a checkpoint in a folder or on the Hub; raise a ModelError if there is none."""
    from transformers import PretrainedConfig

    try:
        config, _ = PretrainedConfig.get_config_dict(name, revision=revision)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{name}: no model found ({first_line(error)}); expected a folder with a config.json, a model on "
            "the Hub such as Qwen/Qwen2.5-Omni-7B, or tiny-omni"
        ) from error
    if "model_type" not in config:
        raise ModelError(f"{name}: no model_type in its config.json; expected the config of a model")
    folder, inner = Path(name), config.get("thinker_config") or {}
    dtypes = (settings.get(key) for settings in (config, inner) for key in ("dtype", "torch_dtype"))
    return Weights(
        name=folder.resolve().name if folder.is_dir() else name,
        revision=content_digest(folder) if folder.is_dir() else str(config.get("_commit_hash") or revision or "main"),
        model_type=config["model_type"],
        dtype=str(next(filter(None, dtypes), "bfloat16")).removeprefix("torch."),
        sampling=config.get("mma_bench"),
    )


def content_digest(folder: Path) -> str:
    """Digest a folder's weights and settings; files above 16 MiB by their size and sixteen 1 MiB blocks."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in _CONTENT for path in folder.glob(pattern)}):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            if size <= _BLOCK * _BLOCKS:
                digest.update(file.read())
                continue
            for k in range(_BLOCKS):
                file.seek(k * (size - _BLOCK) // (_BLOCKS - 1))
                digest.update(file.read(_BLOCK))
    return digest.hexdigest()[:40]
