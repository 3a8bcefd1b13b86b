"""Where a dataset may be written, and with which options: refused in words, never overwritten unasked."""

import shutil
from pathlib import Path

import pytest

from built_rows import TINY_ARGUMENTS, digests
from mma_bench.benchmark.prompts import LongContext
from mma_bench.builder.build import build
from mma_bench.builder.options import BuildOptions
from mma_bench.core.errors import MMABenchError, OptionsError


def test_a_complete_dataset_is_not_built_again(built, tmp_path, command):
    out = tmp_path / "mma-bench"
    shutil.copytree(built, out)
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    done = command("build", *TINY_ARGUMENTS, "--out", out)
    assert "was already complete" in " ".join(done.stdout.split())
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before


def test_other_options_are_refused_and_named_until_told_to_overwrite(built, tmp_path, command):
    out = tmp_path / "mma-bench"
    shutil.copytree(built, out)
    said = command("build", *TINY_ARGUMENTS, "--out", out, "--seed", "1", code=1).stderr
    assert "seed: 1 here, 0 there" in " ".join(said.split())
    assert "--overwrite" in said
    assert digests(out) == digests(built)
    command("build", *TINY_ARGUMENTS, "--out", out, "--seed", "1", "--splits", "test", "--overwrite")
    assert digests(out) != digests(built)


def test_a_folder_that_is_no_dataset_is_never_replaced(tmp_path, command):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("years of work")
    said = command("build", *TINY_ARGUMENTS, "--out", tmp_path / "thesis", "--overwrite", code=1).stderr
    assert "was not made by `mma-bench build`" in " ".join(said.split())
    assert (tmp_path / "thesis" / "chapter1.tex").read_text() == "years of work"


@pytest.mark.parametrize("place", ["/proc/mma-bench", "{tmp}/file/mma-bench"])
def test_a_place_that_cannot_be_written_is_named(place, tmp_path, command):
    (tmp_path / "file").write_text("")
    where = place.format(tmp=tmp_path)
    said = command("build", *TINY_ARGUMENTS, "--out", where, code=1).stderr
    assert str(Path(where).parent) in "".join(said.split("\n"))


def test_an_empty_folder_may_become_the_dataset(tmp_path, clip_folder):
    (tmp_path / "out").mkdir()
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", conditions=("aligned",), workers=1))
    assert (tmp_path / "out" / "build.json").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"conditions": ("algined",)}, r"--conditions algined: expected one or more of aligned, misaligned"),
        ({"splits": ()}, r"--splits \(none\)"),
        ({"workers": 0}, r"--workers 0: expected at least 1"),
        ({"size": 225}, r"--size 225: expected an even number"),
        ({"limit": -1}, r"--limit -1"),
        ({"seconds": float("nan")}, r"--seconds nan"),
        ({"seconds": float("inf")}, r"--seconds inf"),
        ({"seed": 10**20}, r"--seed 1"),
        ({"long_context": LongContext(tokens=-5)}, r"--long-context -5: expected 1"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(OptionsError, match=message):
        BuildOptions(**options)


def test_a_source_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MMABenchError, match=r"nowhere: no such folder; check the path, or pass synthetic"):
        build(BuildOptions(source=str(tmp_path / "nowhere"), out=tmp_path / "out"))


def test_a_build_json_that_cannot_be_read_is_an_error_not_a_traceback(built, tmp_path, command):
    out = tmp_path / "mma-bench"
    shutil.copytree(built, out)
    (out / "build.json").write_text("{ broken")
    said = command("build", *TINY_ARGUMENTS, "--out", out, code=1).stderr
    assert "build.json cannot be read" in " ".join(said.split())


@pytest.mark.parametrize("arguments", [("--out", "x" * 300), ("--source", "y" * 300), ("--source", "~/nowhere")])
def test_names_that_no_file_can_have_are_errors(arguments, tmp_path, command):
    more = () if arguments[0] == "--out" else ("--out", tmp_path / "out")
    assert command("build", *TINY_ARGUMENTS, *arguments, *more, code=1).stderr.startswith("error: ")


def test_a_package_of_another_version_does_not_pass_its_dataset_off_as_ours(monkeypatch, clip_folder, tmp_path):
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", workers=1))
    monkeypatch.setattr("mma_bench.builder.options.__version__", "99.0")
    with pytest.raises(OptionsError, match=r'mma_bench: "99\.0" here, "0\.1\.0" there'):
        build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", workers=1))


def test_a_clip_replaced_by_one_of_the_same_size_makes_another_dataset(clip_folder, tmp_path):
    build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", workers=1))
    clip = clip_folder / "Bird" / "0.mp4"
    clip.write_bytes(clip.read_bytes()[:-1] + b"x")
    with pytest.raises(OptionsError, match=r"clips_sha256"):
        build(BuildOptions(source=str(clip_folder), out=tmp_path / "out", workers=1))
