"""Identify the weights of a checkpoint without loading them; read, check and load LoRA adapters."""

import hashlib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mma_bench.core.errors import MMABenchError, first_line
from mma_bench.core.files import file_sha256
from mma_bench.core.records import Items, Json, Record, Text, read_record
from mma_eval.model import ModelError

_BLOCK, _BLOCKS = 1 << 20, 16
_CONTENT = ("*.safetensors", "*config.json", "tokenizer*", "vocab*", "merges.txt", "chat_template*", "*.index.json")
"""Patterns of the files that affect a checkpoint's answers, unlike its model card and training records."""
ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
"""Names of an adapter's files, as defined by PEFT."""
_TRAINING = "training.json"


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
    """Frames per second, height and width from `mma_bench` in config.json; None if absent."""


def describe_weights(name: str, revision: str | None = None) -> Weights:
    """Read the config of a checkpoint in a folder or on the Hub; raise a ModelError if there is none."""
    from transformers import PretrainedConfig

    try:
        config, _ = PretrainedConfig.get_config_dict(name, revision=revision)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{name}: no readable config.json ({first_line(error)}); expected a folder with a config.json, a model on "
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
    """Digest a folder's weights and settings; of a file above 16 MiB, only its size and sixteen 1 MiB blocks."""
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


class _PeftConfig(Record):
    base_model_name_or_path: Text


class _TrainingData(Record):
    unseen_classes: Items[Text]


class _Training(Record):
    data: _TrainingData


@dataclass(frozen=True)
class Adapter:
    """LoRA adapter whose base model has the same name as the model in use."""

    folder: Path
    name: str
    """Last component of the adapter's folder or Hub id."""
    sha256: str
    """Digest of the adapter's weights."""
    base: str
    """Base model on which the adapter was trained."""
    unseen_classes: tuple[str, ...] = ()
    """Classes excluded from fine-tuning (`mma-bench train --unseen-classes`)."""

    def as_json(self) -> dict[str, Json]:
        """Return the `model.adapter` section of run.json."""
        unseen = {"unseen_classes": list(self.unseen_classes)} if self.unseen_classes else {}
        return {"name": self.name, "sha256": self.sha256, "base": self.base, **unseen}


def read_adapter(where: str, *, base: str) -> Adapter:
    """Read an adapter for the model `base` from a folder, or download it from the Hub.

    Raises:
        ModelError: the adapter is missing, has no safetensors weights, or was trained on another base.
    """
    folder = Path(where) if Path(where).is_dir() else _download(where)
    missing = [name for name in (ADAPTER_CONFIG, ADAPTER_WEIGHTS) if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"--adapter {where}: no {' and no '.join(missing)}; expected a PEFT adapter saved as safetensors"
        )
    config = read_record(folder / ADAPTER_CONFIG, _PeftConfig, made_by="PEFT", error=ModelError)
    trained_on = config.base_model_name_or_path
    # Compare names only: the base may be in another folder than in training.
    if Path(trained_on).name != Path(base).name:
        raise ModelError(
            f"--adapter {where}: trained on {trained_on}, not on {base}; give the model it was trained on as --model, "
            "or another adapter"
        )
    try:
        unseen = read_record(folder / _TRAINING, _Training, made_by="mma-bench train").data.unseen_classes
    except (OSError, MMABenchError):  # an adapter made elsewhere
        unseen = ()
    return Adapter(folder, Path(where).name, file_sha256(folder / ADAPTER_WEIGHTS), trained_on, unseen)


def load_adapter(thinker: Any, adapter: Adapter) -> Any:
    """Insert an adapter's layers into a thinker and return the thinker; raise a ModelError if they do not fit."""
    from peft import PeftModel, get_peft_model_state_dict
    from safetensors import safe_open

    try:
        with warnings.catch_warnings():  # peft uses a renamed attribute of transformers
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
            device = str(thinker.device)  # by default peft chooses a device itself, which may not be the model's
            tuned = PeftModel.from_pretrained(thinker, adapter.folder, is_trainable=False, torch_device=device)
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            f"{adapter.folder}: does not fit {adapter.base} ({first_line(error)}); give an adapter that "
            "was trained on this model"
        ) from error
    with safe_open(adapter.folder / ADAPTER_WEIGHTS, framework="pt") as file:
        saved, taken = set(file.keys()), set(get_peft_model_state_dict(tuned, save_embedding_layers=False))
    if saved != taken:
        odd = sorted(saved ^ taken)
        raise ModelError(
            f"{adapter.folder / ADAPTER_WEIGHTS}: {len(odd)} layers do not match the model's, such as "
            f"{odd[0]}; give an adapter trained on this architecture, without the talker"
        )
    return tuned.get_base_model()


@contextmanager
def switched_off(thinker: Any) -> Iterator[None]:
    """Disable the adapter's layers inside a `with` block; a thinker without an adapter is unchanged."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    layers = [module for module in thinker.modules() if isinstance(module, BaseTunerLayer)]
    for layer in layers:
        layer.enable_adapters(enabled=False)
    try:
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(enabled=True)


def _download(where: str) -> Path:
    from huggingface_hub import snapshot_download

    if where.count("/") != 1:
        raise ModelError(f"--adapter {where}: no such folder; expected a folder, org/name on the Hub, or tiny-omni-mma")
    try:
        return Path(snapshot_download(where, allow_patterns=[ADAPTER_CONFIG, ADAPTER_WEIGHTS, _TRAINING]))
    except Exception as error:  # the Hub client also raises errors of its HTTP library
        raise ModelError(
            f"--adapter {where}: no such folder, and the download from the Hub failed ({first_line(error)}); "
            "check the name and the connection"
        ) from error
