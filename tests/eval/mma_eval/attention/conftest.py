"""Models of every family whose attention can be read, and a clip with its questions."""

import json
from pathlib import Path

import pytest

from mma_bench.dataset.reading import open_built
from mma_eval.models.omni import OmniModel
from mma_eval.resolve import resolve_model
from mma_eval.run.plan import plan_evaluation
from mma_eval.run.questions import ClipQuestions
from mma_eval.run.record import Selection
from random_omni import FAMILIES, Size, save_random_omni
from whole_attention import SMALL, WINDOW, Load


@pytest.fixture(scope="session")
def sliding(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Save a model whose second layer sees only a few keys, fewer than a question has."""
    folder = tmp_path_factory.mktemp("sliding") / "random-sliding"
    save_random_omni(folder, "qwen2_5_omni", size=Size(hidden=64, layers=3))
    config = json.loads((folder / "config.json").read_text())
    kinds = ["full_attention", "sliding_attention", "full_attention"]
    config["text_config"] |= {"use_sliding_window": True, "sliding_window": WINDOW, "layer_types": kinds}
    (folder / "config.json").write_text(json.dumps(config))
    return str(folder)


@pytest.fixture(scope="session", params=["tiny-omni", *sorted(FAMILIES), "sliding"])
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sliding: str) -> str:
    """Return a model's name; heads share keys in all of the models."""
    if request.param in ("tiny-omni", "sliding"):
        return {"tiny-omni": "tiny-omni", "sliding": sliding}[request.param]
    folder = tmp_path_factory.mktemp("attention") / f"random-{request.param}"
    return str(save_random_omni(folder, request.param, size=Size(hidden=64, layers=3)))


@pytest.fixture(scope="session")
def unit(built: Path) -> ClipQuestions:
    """Return a clip with its plain questions, with and without a misleading caption."""
    return next(
        plan_evaluation(
            open_built(built), Selection(conditions=("aligned", "misleading_caption"), split="test")
        ).clip_questions()
    )


@pytest.fixture(scope="session")
def load() -> Load:
    made: dict[tuple[str, str, str, int], OmniModel] = {}

    def load(name: str, attention: str = "sdpa", dtype: str = "float32", *, said: int = 5) -> OmniModel:
        key = (name, attention, dtype, said)
        if key not in made:
            options = {} if name == "tiny-omni" else SMALL
            model = resolve_model(name, {"max_new_tokens": said, "attention": attention, "dtype": dtype, **options})
            assert isinstance(model, OmniModel)
            model.load()
            made[key] = model
        return made[key]

    return load
