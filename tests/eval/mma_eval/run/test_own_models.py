"""Models that users write: those for version 0.1.0 run, and what is no model is refused in one sentence."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mma_eval import evaluate
from mma_eval.model import Model, ModelError
from mma_eval.resolve import resolve_model
from mma_eval.run import record
from mma_eval.run.options import EvalOptions
from mma_eval.run.record import read_run

MINE = Path(__file__).parents[1] / "models_of_mine.py"


def options(built: Path, out: Path, model: str) -> EvalOptions:
    return EvalOptions(model=model, data=str(built), out=out, conditions=("misaligned",), limit=2)


def mine(name: str) -> Any:
    spec = importlib.util.spec_from_file_location("models_of_mine", MINE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def test_the_hooks_that_0_1_0_looked_up_by_name_are_still_called(built: Path, tmp_path: Path) -> None:
    model = mine("Hooked")()
    report = evaluate(options(built, tmp_path / "run", "mine"), model=model)
    assert model.called == ["check_rows: 144 rows", "check_classes: 12 classes", "probe"]
    assert report.errors == 0
    assert report.run.probe is not None
    assert report.run.probe.arrives is True
    assert read_run(tmp_path / "run").probe == report.run.probe


def test_a_class_that_is_no_model_gets_one_sentence(built: Path, tmp_path: Path) -> None:
    said = "expected a subclass of mma_eval.Model, found a NotAModel"
    with pytest.raises(ModelError, match=said) as by_name:
        resolve_model(f"{MINE}:NotAModel")
    assert str(by_name.value).count("\n") == 0
    with pytest.raises(ModelError, match=said):
        evaluate(options(built, tmp_path / "run", "mine"), model=mine("NotAModel")())
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "described",
    [
        lambda self: {"name": object()},
        lambda self: {"temperature": float("nan")},
        lambda self: {"code_sha256": 7},
    ],
    ids=["no JSON", "NaN", "a number for a digest"],
)
def test_a_description_that_run_json_cannot_hold_is_named(
    described: Callable[[Model], Any], built: Path, tmp_path: Path
) -> None:
    model = type("Odd", (mine("Loud"),), {"describe": described})()
    if described(model) == {"code_sha256": 7}:
        type(model).__module__ = "mma_eval.odd"  # else the digest of its file takes this place
    with pytest.raises(ModelError, match=r"Odd\.describe\(\)"):
        evaluate(options(built, tmp_path / "run", "mine"), model=model)


def test_run_json_is_read_once_when_a_run_continues(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = evaluate(options(built, tmp_path / "run", "constant:Bird"))
    read: list[Path] = []
    reader = record.read_record

    def counted(path: Path, *arguments: Any, **more: Any) -> Any:
        read.append(path)
        return reader(path, *arguments, **more)

    monkeypatch.setattr(record, "read_record", counted)
    again = evaluate(options(built, tmp_path / "run", "constant:Bird"))
    assert read == [tmp_path / "run" / "run.json"]
    assert again.run == first.run
