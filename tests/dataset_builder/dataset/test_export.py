"""`mma-bench export mp4`: rows as files."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Command
from mma_bench.benchmark.prompts import LongContext
from mma_bench.benchmark.schema import Row
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.builder.shards import shard_writer
from mma_bench.core.errors import OptionsError
from mma_bench.dataset.export import MARKER, TABLE, export_mp4, file_stem
from mma_bench.dataset.reading import open_built
from mma_bench.dataset.shards import DataFolderError, Shard


@pytest.fixture(scope="module")
def data(make_clip: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three test clips of three classes, in all conditions."""
    source = tmp_path_factory.mktemp("source")
    for k, name in enumerate(["Bird", "Cat", "Rain"]):
        (source / name).mkdir()
        shutil.copy(make_clip(f"export/{name}.mp4", seconds=1, tone=300 + 200 * k), source / name / f"{name}.mp4")
    out = tmp_path_factory.mktemp("built") / "bench"
    build(BuildOptions(source=str(source), out=out, workers=1, long_context=LongContext(50)))
    return out


def rows_of(data: Path) -> dict[str, Row]:
    dataset = open_built(data)
    return {row.id: row for shard in dataset.shards for row in dataset.rows(shard)}


def table(out: Path) -> list[dict[str, str]]:
    with (out / TABLE).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def mp4s(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*.mp4"))}


def test_each_row_becomes_a_file_with_the_very_bytes_of_the_dataset(data: Path, tmp_path: Path) -> None:
    counts = export_mp4(data, tmp_path / "out")
    expected = {f"{r.condition}/test/{r.id}.mp4": r.video for r in rows_of(data).values()}
    assert mp4s(tmp_path / "out") == expected
    assert counts == (len(expected), 0)


def test_the_table_has_all_columns_but_the_media_with_classes_as_names(data: Path, tmp_path: Path) -> None:
    export_mp4(data, tmp_path / "out")
    rows, lines = rows_of(data), table(tmp_path / "out")
    assert [line["id"] for line in lines] == list(rows)
    assert set(lines[0]) == {f for f in Row.__dataclass_fields__ if f not in ("video", "audio")} | {"split", "file"}
    for line in lines:
        row = rows[line["id"]]
        assert (line["visual_class"], line["audio_class"]) == (row.visual_class, row.audio_class)
        assert line["caption_class"] == (row.caption_class or "")
        assert line["visual_question"] == row.visual_question
        assert (tmp_path / "out" / line["file"]).read_bytes() == row.video


def test_only_the_conditions_and_splits_asked_for_are_written(data: Path, tmp_path: Path) -> None:
    export_mp4(data, tmp_path / "out", conditions=["misaligned"], splits=["test"])
    assert {Path(p).parts[:2] for p in mp4s(tmp_path / "out")} == {("misaligned", "test")}


@pytest.mark.parametrize(("option", "value"), [("condition", "mislaigned"), ("split", "train")])
def test_a_condition_or_split_that_is_not_there_is_refused_with_those_that_are(
    data: Path, tmp_path: Path, option: str, value: str
) -> None:
    with pytest.raises(OptionsError, match=f": no {option} {value}; available: "):
        export_mp4(data, tmp_path / "out", **{f"{option}s": [value]})  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_second_run_keeps_every_file(data: Path, tmp_path: Path) -> None:
    export_mp4(data, tmp_path / "out")
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*.mp4")}
    assert export_mp4(data, tmp_path / "out")[0] == 0
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*.mp4")} == times


def test_a_file_that_was_changed_cut_or_lost_is_written_again(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export_mp4(data, out)
    before = mp4s(out)
    first, second, third, *_ = sorted(out.rglob("*.mp4"))
    first.write_bytes(bytes(first.stat().st_size))
    second.write_bytes(second.read_bytes()[:100])
    third.unlink()
    assert export_mp4(data, out)[0] == 3
    assert mp4s(out) == before


def test_the_table_appears_last_and_an_interrupted_export_continues(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def interrupt(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_mp4(data, out, progress=interrupt)
    assert len(mp4s(out)) == 4
    assert not (out / TABLE).exists()
    counts = export_mp4(data, out)
    assert counts == (14, 4)
    assert len(table(out)) == 18


def test_what_a_killed_export_left_half_written_goes(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export_mp4(data, out)
    (out / f"{TABLE}.part-1").touch()
    (out / "aligned" / "test" / "x.mp4.part-1").touch()
    export_mp4(data, out)
    assert not list(out.rglob("*.part-*"))


def test_a_folder_of_somebody_else_is_refused_and_left_alone(data: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(OptionsError, match="was not made by `mma-bench export`"):
        export_mp4(data, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_overwrite_writes_into_a_folder_of_somebody_else_and_removes_nothing(data: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    (tmp_path / "aligned" / "test").mkdir(parents=True)
    (tmp_path / "aligned" / "test" / "holiday.mp4").write_text("mine too")
    export_mp4(data, tmp_path, overwrite=True)
    assert (tmp_path / "letter.txt").read_text() == "mine"
    assert (tmp_path / "aligned" / "test" / "holiday.mp4").read_text() == "mine too"
    assert len(table(tmp_path)) == 18


def test_an_export_of_other_rows_is_refused_and_replaced_on_demand(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export_mp4(data, out, conditions=["aligned"])
    with pytest.raises(OptionsError, match=r"(?s)an export of rows with other content.*conditions"):
        export_mp4(data, out, conditions=["misaligned"])
    export_mp4(data, out, conditions=["misaligned"], overwrite=True)
    assert {Path(p).parts[0] for p in mp4s(out)} == {"misaligned"} == {line["condition"] for line in table(out)}


def test_a_marker_of_somebody_else_cannot_make_us_remove_files_outside(data: Path, tmp_path: Path) -> None:
    out, precious = tmp_path / "out", tmp_path / "elsewhere" / "deep" / "precious.mp4"
    precious.parent.mkdir(parents=True)
    precious.write_text("mine")
    out.mkdir()
    (out / MARKER).write_text(json.dumps({"conditions": ["../elsewhere"]}))
    export_mp4(data, out, overwrite=True)
    assert precious.exists()


@pytest.mark.parametrize(
    "row_id", ["../../up", "/etc/passwd", "..", "a/b", "a\\b", "nul\x00byte", ".hidden", "", "x" * 999, "é" * 200]
)
def test_no_id_leaves_its_folder(row_id: str, tmp_path: Path) -> None:
    path = tmp_path / f"{file_stem(row_id)}.mp4"
    path.touch()
    assert path.resolve().parent == tmp_path.resolve()
    assert len(path.name.encode()) + len(".part-1234567") <= 255


def test_ids_that_are_file_names_already_stay_as_they_are() -> None:
    for row_id in ("-Abc_123_30000.misaligned.7", "Frying food-clip (2).aligned", "雨_0.aligned"):
        assert file_stem(row_id) == row_id


def test_two_ids_that_need_one_file_name_are_refused_by_name(data: Path, tmp_path: Path) -> None:
    copy = with_ids(data, tmp_path / "bench", ["a/b", "a:b", "c"])
    with pytest.raises(DataFolderError, match=r"'a/b' and 'a:b' need the same file name"):
        export_mp4(copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_id_that_climbs_is_written_inside_the_folder(data: Path, tmp_path: Path) -> None:
    copy = with_ids(data, tmp_path / "bench", ["../../../../escaped", "b", "c"])
    export_mp4(copy, tmp_path / "out", conditions=["aligned"])
    assert "aligned/test/_.._.._.._escaped.mp4" in mp4s(tmp_path / "out")
    assert not list(tmp_path.parent.glob("escaped*"))


def test_export_dir_is_short_for_export_mp4_out_dir(data: Path, tmp_path: Path, command: Command) -> None:
    short, long = tmp_path / "short", tmp_path / "long"
    more = ["--data", str(data), "--conditions", "aligned", "--conditions", "misaligned"]
    command("export", short, *more)
    said = command("export", "mp4", "--out", long, *more).stdout
    assert mp4s(short) == mp4s(long)
    assert "6 clips written" in said


def test_the_command_without_a_dataset_says_how_to_make_one(tmp_path: Path, command: Command) -> None:
    said = command("export", tmp_path / "out", "--data", tmp_path / "none", code=1).stderr
    assert "mma-bench build" in said


def test_rows_that_were_read_do_not_stay_in_memory(data: Path, tmp_path: Path) -> None:
    dataset = open_built(data)
    row = replace(next(dataset.rows(dataset.shards[0])), video=bytes(range(256)) * 20_000)
    with shard_writer(tmp_path / "large.parquet", dataset.classes) as add:
        for _ in range(20):
            add(row)
    before, most = pa.total_allocated_bytes(), 0
    for _ in dataset.rows(Shard(tmp_path / "large.parquet", "aligned", "test", 20)):
        most = max(most, pa.total_allocated_bytes() - before)
    assert (tmp_path / "large.parquet").stat().st_size > 100e6
    assert most < 50e6


def with_ids(data: Path, copy: Path, ids: list[str]) -> Path:
    """The dataset with other ids in its `aligned` rows, as a hostile download may have them."""
    shutil.copytree(data, copy)
    shard = next((copy / "aligned").glob("*.parquet"))
    rows = pq.read_table(shard)
    pq.write_table(rows.set_column(rows.schema.get_field_index("id"), "id", pa.array(ids)), shard)
    return copy
