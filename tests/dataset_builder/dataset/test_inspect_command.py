"""`mma-bench inspect`: the rows that are drawn, the file that is written, and the error for a wrong id."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from conftest import Command
from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.prompts import LongContext
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.core.errors import ClipError
from mma_bench.core.files import StorageError
from mma_bench.dataset.contact_sheet.inspection import find, inspect
from mma_bench.dataset.contact_sheet.page import WIDTH
from mma_bench.dataset.reading import open_built
from mma_bench.dataset.shards import DataFolderError


@pytest.fixture(scope="module")
def data(make_clip: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three test clips and three train clips, each of another class; two donors per train clip."""
    source = tmp_path_factory.mktemp("source")
    for k, name in enumerate(["Bird", "Cat", "Rain"]):
        for n, split in enumerate(["test", "train"]):
            made = make_clip(f"inspect/{name}-{n}.mp4", seconds=1, tone=300 + 200 * k + 50 * n)
            (source / split / name).mkdir(parents=True)
            shutil.copy(made, source / split / name / f"{name}-{n}.mp4")
    out = tmp_path_factory.mktemp("built") / "bench"
    options = BuildOptions(
        source=str(source), out=out, size=64, seconds=1.0, train_swaps=2, workers=1, long_context=LongContext(50)
    )
    build(options)
    return out


def clip_id(data: Path, split: str) -> str:
    dataset = open_built(data)
    return next(dataset.rows(dataset.select(["aligned"], [split])[0])).clip_id


def test_a_clip_is_drawn_in_each_condition_in_the_order_of_the_table(data: Path) -> None:
    found = find(open_built(data), clip_id(data, "test"))
    assert [row.condition for row, _, _ in found] == list(CONDITIONS)
    assert {alike for _, _, alike in found} == {1}


def test_of_the_swaps_of_a_train_clip_the_first_is_drawn_and_all_are_counted(data: Path) -> None:
    found = find(open_built(data), clip_id(data, "train"))
    assert [(row.condition, alike) for row, _, alike in found] == [("aligned", 1), ("misaligned", 2)]


def test_a_row_is_drawn_alone(data: Path) -> None:
    row_id = f"{clip_id(data, 'test')}.frames_zeroed"
    ((row, split, _),) = find(open_built(data), row_id)
    assert (row.id, split) == (row_id, "test")


def test_the_row_found_holds_its_own_media(data: Path) -> None:
    dataset = open_built(data)
    for shard in dataset.select(["misaligned"], ["train"]):
        for number, row in enumerate(dataset.rows(shard)):
            assert dataset.row(shard, number) == row


def test_the_picture_is_a_png_of_the_sheets_width(data: Path, tmp_path: Path) -> None:
    one = inspect(f"{clip_id(data, 'test')}.aligned", data=data, out=tmp_path / "one.png")
    all_of_it = inspect(clip_id(data, "test"), data=data, out=tmp_path / "deep" / "all.png")
    with Image.open(one) as first, Image.open(all_of_it) as second:
        assert (first.format, second.format) == ("PNG", "PNG")
        assert first.width == second.width == WIDTH
        assert second.height > 4 * first.height


def test_the_same_row_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    wanted = f"{clip_id(data, 'test')}.misaligned"
    first, second = (inspect(wanted, data=data, out=tmp_path / name).read_bytes() for name in ("a.png", "b.png"))
    assert first == second


def test_the_command_writes_the_id_as_png_into_the_current_folder_and_says_so(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.chdir(tmp_path)
    wanted = f"{clip_id(data, 'test')}.aligned"
    assert command("inspect", wanted, "--data", data).stdout.strip() == f"{wanted}.png"
    assert [p.name for p in tmp_path.iterdir()] == [f"{wanted}.png"]


def test_a_media_file_is_drawn_without_a_dataset(clip: Path, tmp_path: Path) -> None:
    with Image.open(inspect(str(clip), data=tmp_path / "none", out=tmp_path / "file.png")) as picture:
        assert picture.width == WIDTH


def test_an_unknown_id_is_answered_with_the_folder_and_the_closest_ids(data: Path) -> None:
    known = clip_id(data, "test")
    with pytest.raises(DataFolderError) as error:
        inspect(known[:-1], data=data)
    assert str(data) in str(error.value)
    assert known in str(error.value)


def test_an_id_like_none_is_answered_with_what_ids_look_like(data: Path) -> None:
    with pytest.raises(DataFolderError, match="ids look like"):
        inspect("@" * 5000, data=data)


@pytest.mark.parametrize("state", ["missing", "empty"])
def test_a_folder_without_a_dataset_is_answered_with_the_command_that_makes_one(tmp_path: Path, state: str) -> None:
    folder = tmp_path / "bench"
    if state == "empty":
        folder.mkdir()
    with pytest.raises(DataFolderError, match="mma-bench build"):
        inspect("any", data=folder)


def test_a_dataset_that_lacks_a_shard_is_refused_by_name(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "bench")
    next((copy / "misaligned").glob("test-*")).unlink()
    with pytest.raises(DataFolderError, match=r"misaligned: 0 rows in the test split, but build\.json declares 3"):
        inspect("any", data=copy)


def test_a_shard_that_was_cut_off_is_refused_by_name(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "bench")
    shard = next((copy / "aligned").glob("test-*"))
    shard.write_bytes(shard.read_bytes()[:-100])
    with pytest.raises(DataFolderError, match=r"aligned/test-.*cannot be read as Parquet"):
        inspect("any", data=copy)


def test_a_media_file_that_is_not_there_is_not_taken_for_an_id(data: Path) -> None:
    with pytest.raises(ClipError, match="no such file"):
        inspect("nowhere/clip.mp4", data=data)


def test_a_file_that_is_no_recording_is_refused(data: Path) -> None:
    with pytest.raises(ClipError, match=r"build\.json"):
        inspect(str(data / "build.json"), data=data)


def test_a_place_that_cannot_be_written_is_named_and_nothing_is_left(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "sheet.png").mkdir()
    with pytest.raises(StorageError, match=r"sheet\.png"):
        inspect(str(clip), out=tmp_path / "sheet.png")
    assert [p.name for p in tmp_path.iterdir()] == ["sheet.png"]
