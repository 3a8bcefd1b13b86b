"""Resolve a model name from the command line."""

import importlib.util
import inspect
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from mma_bench.core.errors import OptionsError, traced
from mma_bench.core.records import Json
from mma_eval.model import Model, ModelError, keyword_options

WEIGHTS = Path(__file__).parent / "weights"
"""Folder of the checkpoints that ship with the package."""
ENTRY_POINTS = "mma_bench.models"


KINDS: Mapping[str, tuple[str, str]] = {
    "openai": ("mma_eval.models.openai_server:OpenAIServer", "openai:Qwen/Qwen2.5-Omni-7B"),
    "gemini": ("mma_eval.models.gemini:Gemini", "gemini:gemini-2.5-flash"),
    "predictions": ("mma_eval.run.replay:PredictionsFile", "predictions:answers.jsonl"),
    "constant": ("mma_eval.models.baselines:Constant", "constant:Bird"),
}
"""By prefix: the `module:class` to construct with the text after the prefix, and an example name for error messages."""

ARCHITECTURES: Mapping[str, str] = {
    "qwen2_5_omni": "mma_eval.models.qwen_omni:Qwen2_5Omni",
    "qwen2_5_omni_thinker": "mma_eval.models.qwen_omni:Qwen2_5Omni",
    "qwen3_omni_moe": "mma_eval.models.qwen_omni:Qwen3Omni",
    "qwen3_omni_moe_thinker": "mma_eval.models.qwen_omni:Qwen3Omni",
}
"""`module:class` by the `model_type` of a checkpoint's config.json."""


def resolve_model(name: str, options: Mapping[str, Json] | None = None) -> Model:
    """Create the model for a name, without loading its weights.

    Args:
        name: `openai:NAME`, `gemini:NAME`, `predictions:FILE`, `constant:CLASS`, `random`, `file.py:Class`, an entry
            point of the group `mma_bench.models`, a folder, a shipped name or a Hub id.
        options: model options by name; a value of None selects the model's default.

    Raises:
        ModelError: there is no such model, or it cannot be constructed.
        OptionsError: the model has no such option.
    """
    chosen = {k: v for k, v in (options or {}).items() if v is not None}
    if "adapter" in chosen:
        chosen["adapter"] = shipped_or_given(str(chosen["adapter"]))
    prefix, _, rest = name.partition(":")
    if prefix in KINDS and rest:
        return _make(name, resolve_name(KINDS[prefix][0]), chosen, rest)
    if name == "random":
        return _make(name, resolve_name("mma_eval.models.baselines:Random"), chosen)
    if prefix.endswith(".py") and rest:
        return _make(name, _class_in_file(Path(prefix), rest), chosen)
    for entry in entry_points(group=ENTRY_POINTS, name=name):
        return _make(name, entry.load(), chosen)
    return _checkpoint(name, chosen)


def shipped_or_given(name: str) -> str:
    """Resolve a shipped checkpoint or adapter to its folder; return existing paths and other names unchanged."""
    return str(WEIGHTS / name) if not Path(name).exists() and (WEIGHTS / name).is_dir() else name


def _checkpoint(name: str, options: Mapping[str, Json]) -> Model:
    _check_name(name)
    try:
        from mma_eval.models.checkpoints import describe_weights

        where = shipped_or_given(name)
        found = describe_weights(where, options.get("revision")).model_type
    except ImportError as error:
        raise ModelError(
            f'{name}: local models need torch and transformers ({error}); pip install "mma-bench[models]"'
        ) from error
    if found not in ARCHITECTURES:
        raise ModelError(
            f"{name}: unsupported model type {found!r}; supported: {', '.join(sorted(ARCHITECTURES))}. To "
            "evaluate it, serve it (--model openai:NAME) or write a class for it (--model my.py:MyModel)"
        )
    return _make(name, resolve_name(ARCHITECTURES[found]), options, where)


def _check_name(name: str) -> None:
    """Raise a ModelError with a remedy for a name that cannot be a checkpoint, before the Hub is asked for it."""
    if Path(name).is_dir() or (WEIGHTS / name).is_dir() or (name.count("/") == 1 and ":" not in name):
        return
    if name.endswith(".py"):
        raise ModelError(f"--model {name}: no class given; expected file.py:Class, such as {name}:MyModel")
    shipped = sorted(path.name for path in WEIGHTS.iterdir() if (path / "config.json").is_file())
    known = [*shipped, "random", *(example for _, example in KINDS.values())]
    close = get_close_matches(name, [*shipped, "random", *KINDS], n=1)
    raise ModelError(
        f"--model {name}: no folder or model of this name.{f' Did you mean {close[0]}?' if close else ''} "
        f"Expected a folder, org/name on the Hub, file.py:Class, or a model name such as {', '.join(known)}"
    )


def _make(name: str, maker: Any, options: Mapping[str, Json], *arguments: str) -> Model:
    known = maker.option_names() if hasattr(maker, "option_names") else keyword_options(maker)
    foreign = [f"--{k.replace('_', '-')}" for k in options if known is not None and k not in known]
    if foreign:
        raise OptionsError(f"{', '.join(foreign)}: --model {name} has no such option; leave it out")
    try:
        model = maker(*arguments, **options)
    except TypeError as error:
        raise ModelError(
            f"{name}: cannot be constructed ({error}); a model must implement `answer` and take no positional arguments"
        ) from error
    except ImportError as error:
        raise ModelError(
            f'{name}: missing dependency ({error}); install it, or pip install "mma-bench[models]" or "mma-bench[api]"'
        ) from error
    return require_model(model, name)


def require_model(found: object, name: str) -> Model:
    """Return `found`; raise a ModelError unless it is a `Model`."""
    if not isinstance(found, Model):
        raise ModelError(f"--model {name}: expected a subclass of mma_eval.Model, found a {type(found).__name__}")
    return found


def _class_in_file(path: Path, name: str) -> Any:
    if not path.is_file():
        raise ModelError(f"--model {path}:{name}: no such file; check the path")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)  # dataclasses and pickle look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # any exception of the user's code
        raise ModelError(f"--model {path}:{name}: the file cannot be imported: {traced(error)}") from error
    found = getattr(module, name, None)
    if found is None:
        classes = [n for n, v in vars(module).items() if inspect.isclass(v) and issubclass(v, Model) and v is not Model]
        raise ModelError(
            f"--model {path}:{name}: no class {name}; the file has {', '.join(classes) or 'no subclass of Model'}"
        )
    return found
