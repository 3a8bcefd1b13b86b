"""A malformed file: every command that reads it ends with one message that names the file, never a traceback."""

import io
import os
import shutil
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import pytest
from tests.malformed.placing import malformed_files
from tests.malformed.table import READERS, Command, Reader
from tests.malformed.variants import Variant
from typer.core import TyperGroup

from mma_bench.cli.main import command_line
from mma_bench.core.errors import MMABenchError

KEPT_FILES = Path(__file__).parents[1] / "unchanged" / "v0_1_0"
UNNAMED = "a message that names no file"
CASES = [(reader, command) for reader in READERS for command in reader.commands]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the files of 0.1.0 and write a Space folder beside them, since one holds the code of its version."""
    folder = tmp_path_factory.mktemp("files of 0.1.0")
    shutil.copytree(KEPT_FILES, folder, dirs_exist_ok=True)
    assert not end_of(("space-folder", str(folder / "space"), "--metric", "org/mma_accuracy"), "space")
    return folder


def name_of(command: Command) -> str:
    return " ".join(command[:2]) if isinstance(command, tuple) else command.__name__


@pytest.mark.parametrize(("reader", "command"), CASES, ids=[f"{r.file}, {name_of(c)}" for r, c in CASES])
def test_a_malformed_file_gives_one_message(
    reader: Reader, command: Command, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    variants = given_to(command, reader, [*malformed_files(files / reader.file, reader.kind)])
    assert list(faults(files, reader.file, command, variants)) == []


def test_a_folder_in_a_files_place_gives_one_message(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    variant = Variant("a folder", None, of_a_value=True)  # to `report`, what has a folder there is no run
    found = [fault for reader, command in CASES for fault in faults(files, reader.file, command, [variant])]
    assert found == []


def given_to(command: Command, reader: Reader, variants: Sequence[Variant]) -> list[Variant]:
    """Choose all variants of the whole file, and a share of those of a value: all commands read with the same code."""
    share, number = reader.commands.index(command), len(reader.commands)
    return [v for k, v in enumerate(variants) if not v.of_a_value or k % number == share]


def faults(files: Path, file: str, command: Command, variants: Iterable[Variant]) -> Iterator[str]:
    """Run a command on each variant of a file; yield each end that is neither success nor one message of this project.

    Args:
        files: the valid files. The folders that the command names are copied into the current folder for each variant.
        file: the file that is malformed.
        command: the command that reads it.
        variants: contents of the file.
    """
    named = " ".join([file, *command]) if isinstance(command, tuple) else " ".join(f.name for f in files.iterdir())
    needed = [folder.name for folder in files.iterdir() if folder.name.removesuffix(".partial") in named]
    for name, content, of_a_value in variants:
        for old in Path().iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        for folder in needed:
            shutil.copytree(files / folder, folder, copy_function=_copy)
        Path(file).unlink()
        Path(file).mkdir() if content is None else Path(file).write_bytes(content)
        fault = end_of(command, file)
        if fault and not (of_a_value and fault.startswith(UNNAMED)):
            yield f"{name}: {fault}"


def end_of(command: Command, file: str) -> str:
    """Run a command in this process; return an empty text if it succeeded or named the file in one message."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            _command_line()(list(command)) if isinstance(command, tuple) else command()
    except SystemExit as end:
        said = out.getvalue() + err.getvalue()
        return "" if not end.code or _names(said, file) else f"{UNNAMED}: {said[:200]}"
    except MMABenchError as error:
        return "" if _names(str(error), file) else f"{UNNAMED}: {str(error)[:200]}"
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {str(error)[:100]} ({Path(place.filename).name}, line {place.lineno})"
    return ""


def _names(text: str, file: str) -> bool:
    return any(part in text for part in file.rsplit("/", 1))


def _copy(file: str, to: str) -> None:
    """Copy text files, which commands write in place; link media and tables, which they replace or only read."""
    if file.endswith((".json", ".jsonl", ".csv", ".md")):
        shutil.copyfile(file, to)
    else:
        os.link(file, to)


@cache
def _command_line() -> TyperGroup:
    return command_line()
