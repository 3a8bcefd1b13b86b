"""A malformed run folder ends `mma-bench report` with one error that names file, place, expected and found."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from made_attention import model_that_shifts, write_measured_run
from mma_bench.core.errors import MMABenchError
from mma_eval.evaluation import evaluate
from mma_eval.report.write import write_report
from mma_eval.run.options import EvalOptions


@pytest.fixture(scope="module")
def run(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Evaluate a model on two conditions, and store attention beside its answers."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    evaluate(EvalOptions(model="random", data=str(built), out=out, conditions=("aligned", "misaligned")))
    write_measured_run(out, model_that_shifts({"aligned": 0.3, "misaligned": 1.5}, clips=4))
    write_report([out], out.with_name("report.html"))
    return out


def _set(value: Any, path: str, new: object) -> Any:
    """Set a value by its dotted path; `...` removes it."""
    *sections, last = path.split(".")
    section = value
    for name in sections:
        section = section[int(name) if isinstance(section, list) else name]
    if new is ...:
        del section[last]
    else:
        section[int(last) if isinstance(section, list) else last] = new
    return value


@pytest.mark.parametrize(
    ("file", "path", "new", "expected"),
    [
        ("run.json", "model", ..., "no model"),
        ("run.json", "model", [], "model: expected .*object.*found"),
        ("run.json", "data", None, "data: expected .*object.*found null"),
        ("run.json", "data.digest", ..., r"no data\.digest"),
        ("run.json", "data.classes", "Bird", r"data\.classes: expected a list"),
        ("run.json", "data.classes", [], r"data\.classes: expected at least one"),
        ("run.json", "data.split", 1, r"data\.split: expected .*found 1"),
        ("run.json", "selection", ..., "no selection"),
        ("run.json", "selection.conditions", {}, r"selection\.conditions: expected a list"),
        ("run.json", "selection.limit", "3", r"selection\.limit: expected an integer"),
        ("run.json", "partial", "no", "partial: expected true or false"),
        ("run.json", "questions", 1.5, "questions: expected an integer"),
        ("run.json", "recorded", [], "recorded: expected an object"),
        ("run.json", "recorded", {"what": "sound"}, r"recorded\.what: expected 'attention', found 'sound'"),
        ("metrics.json", "cells", ..., "no cells"),
        ("metrics.json", "cells", {}, "cells: expected a list"),
        ("metrics.json", "cells.0", None, r"cells\[0\]: expected .*object"),
        ("metrics.json", "cells.0.n", "24", r"cells\[0\]\.n: expected an integer"),
        ("metrics.json", "cells.1.accuracy", True, r"cells\[1\]\.accuracy: expected a number"),
        ("metrics.json", "cells.0.accuracy", float("nan"), "NaN"),
        ("metrics.json", "cells.0.accuracy", 10**400, r"cells\[0\]\.accuracy: expected a number"),
        ("metrics.json", "cells.0.condition", "odd", r"cells\[0\]\.condition: expected .*aligned.*odd"),
        ("metrics.json", "cells.0.variant", "odd", r"cells\[0\]\.variant: expected .*plain.*odd"),
        ("metrics.json", "cells.0.outcomes", {}, r"cells\[0\]\.outcomes: expected grounded"),
        ("metrics.json", "pairs.0.outcomes", {"both": 1}, r"pairs\[0\]\.outcomes: expected both"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(file: str, path: str, new: object, expected: str, run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    (copy / file).write_text(json.dumps(_set(json.loads((copy / file).read_text()), path, new)))
    with pytest.raises(MMABenchError, match=rf"{file}: .*{expected}"):
        write_report([copy], tmp_path / "report.html")


@pytest.mark.parametrize("file", ["run.json", "metrics.json", "predictions.jsonl"])
@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"a": 1, "a": 2}'])
def test_a_file_that_holds_something_else_is_named(file: str, text: str, run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    (copy / file).write_text(f"{text}\n")
    if file == "predictions.jsonl":
        (copy / "metrics.json").unlink()
    with pytest.raises(MMABenchError, match=file.replace(".", r"\.")):
        write_report([copy], tmp_path / "report.html")


@pytest.mark.parametrize(
    ("path", "new", "expected"),
    [
        ("id", ..., "id"), ("prompt", "smell", "prompt"), ("options", "Bird", "options"), ("options", [], "options"),
        ("answer", 3, "answer"), ("reference", None, "reference"), ("seed", "0", "seed"), ("variant", "odd", "variant"),
    ],
)  # fmt: skip
def test_a_wrong_line_of_predictions_is_named(path: str, new: object, expected: str, run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    first, *others = (copy / "predictions.jsonl").read_text().splitlines()
    changed = json.dumps(_set(json.loads(first), path, new))
    (copy / "predictions.jsonl").write_text("\n".join([changed, *others, ""]))
    with pytest.raises(MMABenchError, match=rf"predictions\.jsonl, line 1: .*{expected}"):
        write_report([copy], tmp_path / "report.html")


def _column(name: str, change: Callable[[Any], Any]) -> Callable[[pa.Table], pa.Table]:
    def changed(table: pa.Table) -> pa.Table:
        values = [change(value) if k == 0 else value for k, value in enumerate(table[name].to_pylist())]
        return table.set_column(table.column_names.index(name), name, pa.array(values, table.schema.field(name).type))

    return changed


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_column("answer", lambda _: None), "row 1: answer is null"),
        (_column("shares", lambda _: None), "row 1: shares is null"),
        (_column("shares", lambda shares: shares[:-1]), "row 1: shares: expected 6 x 4 x 3 numbers, found 71"),
        (_column("keys", lambda keys: [3, *keys[1:]]), "row 1: keys: expected numbers from 0 to 2, found .* to 3"),
        (_column("keys", lambda keys: [None, *keys[1:]]), "row 1: keys: expected numbers from 0 to 2"),
        (_column("lens_reference", lambda _: []), "row 1: lens_reference: expected 6 numbers, found 0"),
        (_column("layers", lambda _: 0), "row 1: 0 layers, 4 heads and 2 tokens: expected at least one"),
        (_column("condition", lambda _: "odd"), "row 1: condition 'odd': expected one of aligned"),
        (lambda table: table.drop_columns(["keys"]), "row 1: keys is null"),
        (lambda table: table.set_column(table.column_names.index("keys"), "keys", table["answer"]), "cannot be read"),
    ],
)  # fmt: skip
def test_malformed_attention_is_named(
    change: Callable[[pa.Table], pa.Table], expected: str, run: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    shard = copy / "attention" / "part-00000.parquet"
    pq.write_table(change(pq.read_table(shard)), shard)
    with pytest.raises(MMABenchError, match=rf"part-00000\.parquet.*{expected}"):
        write_report([copy], tmp_path / "report.html")


def test_attention_of_two_models_is_refused(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    answers = model_that_shifts({"aligned": 0.3, "misaligned": 1.5}, clips=4)
    shutil.rmtree(copy / "attention")
    write_measured_run(copy, [*answers[:-1], model_that_shifts({"misaligned": 1.5}, clips=4, layers=2)[-1]])
    with pytest.raises(MMABenchError, match=r"mixes models \(2 layers with 4 heads and 6 layers with 4 heads\)"):
        write_report([copy], tmp_path / "report.html")
