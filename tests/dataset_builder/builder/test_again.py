"""The command that a finished dataset names builds it again."""

import json
import shlex
from pathlib import Path

import pytest

from conftest import Command
from mma_bench.benchmark.prompts import LongContext
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions, build_command
from mma_bench.dataset.build_record import read_build_record


def test_it_builds_the_same_rows(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "mine of today"
    options = {"limit": 30, "size": 64, "seconds": 1.5, "seed": 3, "long_context": LongContext(tokens=20)}
    build(BuildOptions(out=here, conditions=("aligned", "long_context"), splits=("test", "train"), **options))
    said = build_command(read_build_record(here).options, here.name)
    assert said is not None
    again = tmp_path / "again"
    again.mkdir()
    monkeypatch.chdir(again)
    command(*shlex.split(said)[1:])
    digests = [json.loads((f / "build.json").read_text())["dataset_digest"] for f in (here, again / here.name)]
    assert digests[0] == digests[1]


def test_somebodys_recordings_are_not_had_by_a_command(clip_folder: Path, tmp_path: Path) -> None:
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "mine", conditions=("aligned",), workers=1))
    assert build_command(read_build_record(tmp_path / "mine").options, "mine") is None
