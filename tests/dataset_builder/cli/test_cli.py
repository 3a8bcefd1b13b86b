from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mma_bench
from mma_bench.cli.main import COMMANDS, PUSH

ROOT = Path(__file__).parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "mma_bench", *arguments], capture_output=True, text=True)


def test_help_lists_every_command_with_its_summary():
    done = run("--help")
    assert done.returncode == 0
    for name, command in COMMANDS.items():
        assert name in done.stdout
        assert command.summary.split(":")[0] in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_of_its_own(command):
    done = run(command, "--help")
    assert done.returncode == 0, done.stderr
    assert f"mma_bench {command}" in done.stdout or f"mma-bench {command}" in done.stdout


@pytest.mark.parametrize("command", PUSH.commands)
def test_every_command_of_a_group_has_help_of_its_own(command):
    done = run("push", command, "--help")
    assert done.returncode == 0, done.stderr
    assert f"push {command}" in done.stdout
    assert "--dry-run" in done.stdout


@pytest.mark.parametrize("group", [[], ["push"]])
def test_help_imports_nothing_heavy(group):
    code = (
        "import sys\nfrom mma_bench.cli.main import app\n"
        f"try: app([*{group}, '--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'av', 'pyarrow', 'datasets', 'matplotlib', 'scipy', 'torch', 'PIL'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.endswith("heavy: []\n")


def test_the_version_is_the_packages():
    assert run("--version").stdout == f"mma-bench {mma_bench.__version__}\n"


def test_an_unknown_command_is_refused():
    done = run("biuld")
    assert done.returncode == 2
    assert "No such command 'biuld'" in done.stderr


def test_an_error_is_one_message_without_a_traceback():
    done = run("build", "--conditions", "nonsense")
    assert done.returncode == 1
    assert done.stderr.startswith("error: --conditions nonsense: expected one or more of aligned")


def test_the_wheel_holds_all_packages_and_their_data(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert {
        "mma_bench/cli.py",
        "mma_bench/data/words.txt",
        "mma_bench/py.typed",
        "mma_bench/verification/page/keys.js",
        "mma_bench/verification/page/style.css",
        "mma_cards/templates/dataset.md.jinja",
        "mma_cards/reported_results.csv",
        "mma_accuracy/README.md",
        "mma_accuracy/mma_accuracy.py",
        "mma_eval/models/prices.csv",
        "mma_eval/report/templates/report.html.jinja",
        "mma_eval/weights/tiny-omni/model.safetensors",
    } <= names
    assert not [n for n in names if n.startswith(("tests/", "dataset_builder/"))]
