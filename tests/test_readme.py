"""The README says what is true: its commands run, its files are there."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = [
    snippet
    for snippet in re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    if "gradio_client" not in snippet  # tests of the page run that one
]


def test_every_link_and_picture_is_there():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target.startswith(("https://", "#")) or (ROOT / target).exists(), target


@pytest.mark.parametrize("path", ["LICENSE", "CITATION.cff", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_the_usual_root_files_are_there(path):
    assert (ROOT / path).stat().st_size > 200


def test_the_snippets_run_in_the_order_of_reading(built, clip, other_clip, tmp_path):
    if any("get_frame_played_at" in s for s in SNIPPETS):
        pytest.importorskip("torchcodec", exc_type=ImportError)
    (tmp_path / "mma-bench").symlink_to(built)
    (tmp_path / "dog.mp4").symlink_to(clip)
    (tmp_path / "clock.mp4").symlink_to(other_clip)
    (tmp_path / "eval").symlink_to(ROOT / "eval")
    script = tmp_path / "snippets.py"  # one script, in a file: the last snippets start worker processes
    body = "\n".join(SNIPPETS)
    script.write_text("if __name__ == '__main__':\n" + textwrap.indent(body, "    "))
    env = {**os.environ, "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"swapped.mp4", "silent.mp4", "black.mp4", "small-bench"} <= {p.name for p in tmp_path.iterdir()}


def test_the_model_that_it_shows_runs(built, tmp_path, monkeypatch, command):
    (snippet,) = [s for s in SNIPPETS if s.startswith("# my.py")]
    (tmp_path / "my.py").write_text(snippet)
    (tmp_path / "mma-bench").symlink_to(built)
    monkeypatch.chdir(tmp_path)
    command("eval", "--model", "my.py:MyModel")
    command("report", "runs/MyModel")
    assert (tmp_path / "runs" / "report.html").stat().st_size > 10_000


def test_the_options_it_names_exist(command):
    commands = ("build", "curate", "fetch", "check", "review", "consensus", "eval", "leaderboard", "train", "space")
    helps = [command(*name.split(), "--help").stdout for name in (*commands, "push dataset")]
    for option in set(re.findall(r"`(--[a-z-]+)", README)):
        assert any(option in said for said in helps), option


def test_the_commands_of_curation_print_what_it_shows(shared, tmp_path, monkeypatch, command):
    for file in (shared / "data" / "audioset").iterdir():
        (tmp_path / file.name).symlink_to(file)
    monkeypatch.chdir(tmp_path)
    lines = re.findall(r"^\$ mma-bench (curate .*)$", README, re.MULTILINE)
    assert len(lines) == 3
    said = "".join(command(*line.split(), env={"COLUMNS": "80"}).stdout for line in lines)
    (funnel,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    (explained,) = re.findall(r"--explain 3CZ1i2_tKn0\n(.*?)\n\$", README, re.DOTALL)
    printed = [line.rstrip() for line in said.splitlines()]
    assert [line for line in (*funnel.splitlines(), *explained.splitlines()) if line.rstrip() not in printed] == []
    drawn, shown = (
        np.asarray(Image.open(path).convert("L"), np.float32)
        for path in (tmp_path / "manifest.funnel.png", ROOT / "cards/images/funnel.png")
    )
    assert drawn.shape == shown.shape
    assert np.abs(drawn - shown).mean() < 2  # another version of the drawing library shifts letters a little
