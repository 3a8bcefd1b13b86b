"""The command line: every package's commands, help, errors, and what the wheel holds."""

import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest

import mma_bench
from mma_bench.cli.main import ENTRY_POINTS, command_line

ROOT = Path(__file__).parents[3]
REGISTERED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][ENTRY_POINTS]
HELP = [
    *("curate", "import", "fetch", "check", "review", "consensus", "build", "inspect", "export", "eval", "attention"),
    *("score", "report", "leaderboard", "train", "adapter-card", "space", "space-folder", "push", "release"),
    "train-tiny-omni",
]
TWO_OPTIONS = """
from typing import Annotated
import typer
def greet(name: Annotated[str, typer.Option(), typer.Option()]) -> None: ...
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Install a package that registers commands, as pip would: a module and its dist-info on the path."""

    def install(entries: dict[str, str], code: str) -> None:
        (tmp_path / "stranger.py").write_text(code)
        info = tmp_path / "stranger-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
        lines = [f"[{ENTRY_POINTS}]", *(f"{name} = {value}" for name, value in entries.items())]
        (info / "entry_points.txt").write_text("\n".join(lines))
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "stranger", raising=False)

    return install


def test_help_lists_every_command_in_the_order_of_work():
    assert list(command_line().commands) == HELP
    assert list(command_line().commands["push"].commands) == ["dataset", "metric", "adapter", "space"]
    assert list(command_line().commands["export"].commands) == ["mp4", "llamafactory", "lmms-eval"]


def test_help_shows_the_first_sentence_of_every_command(command):
    said = " ".join(command("--help").stdout.replace("│", " ").split())
    for name, found in command_line().commands.items():
        summary = found.help.split("\n\n")[0].replace("`", "")
        assert f"{name} {' '.join(summary.split())}" in said


@pytest.mark.parametrize("name", REGISTERED)
def test_every_command_has_help_of_its_own(name, command):
    said = command(*name.split("."), "--help").stdout
    assert f"mma-bench {name.replace('.', ' ')} " in said
    assert ("ORG/NAME" in said) == name.startswith("push.")


@pytest.mark.parametrize("group", [[], ["push"]])
def test_help_imports_nothing_heavy(group):
    code = (
        "import sys\nfrom mma_bench.cli.main import command_line\n"
        f"try: command_line()([*{group}, '--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'av', 'pyarrow', 'datasets', 'matplotlib', 'scipy', 'torch', 'PIL'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.endswith("heavy: []\n")


def test_a_package_outside_adds_commands(plugin, command):
    code = """
        import typer
        from typing import Annotated
        def greet(name: Annotated[str, typer.Option(help="Who is greeted.")] = "you") -> None:
            '''Greet somebody.'''
            print(f"hello {name}")
        """
    plugin({"greet": "stranger:greet", "push.greeting": "stranger:greet"}, dedent(code))
    assert list(command_line().commands) == [*HELP, "greet"]
    assert "Greet somebody." in command("--help").stdout
    assert command("greet", "--name", "Ada").stdout == "hello Ada\n"
    assert command("push", "greeting").stdout == "hello you\n"


@pytest.mark.parametrize(
    ("entry", "code", "reason"),
    [
        ({"greet": "stranger:greet"}, "import nowhere_to_be_found", "No module named 'nowhere_to_be_found'"),
        ({"greet": "stranger:greet"}, "1 / 0", "ZeroDivisionError"),
        ({"greet": "stranger:greet"}, "", "no attribute 'greet'"),
        ({"greet": "stranger:greet"}, TWO_OPTIONS, "MultipleTyperAnnotationsError"),
        ({"build": "stranger:greet"}, "def greet() -> None: ...", "another package already has a command of this name"),
        ({"wave.greet": "stranger:greet"}, "def greet() -> None: ...", "there is no group 'wave'"),
        ({"build.greet": "stranger:greet"}, "def greet() -> None: ...", "there is no group 'build'"),
    ],
)
def test_a_command_that_cannot_be_loaded_costs_one_line_and_no_other_command(entry, code, reason, plugin, command):
    plugin(entry, code)
    done = command("--help")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"warning: no command '{next(iter(entry))}' of stranger: ")
    assert reason in line
    assert list(command_line().commands) == HELP
    assert command("--version").stdout == f"mma-bench {mma_bench.__version__}\n"


def test_an_installation_without_registered_commands_says_what_to_do(command, monkeypatch):
    monkeypatch.setattr("mma_bench.cli.main.entry_points", lambda group: [])
    assert "reinstall mma-bench" in command("--help", code=1).stderr


def test_the_version_is_the_packages(command):
    assert command("--version").stdout == f"mma-bench {mma_bench.__version__}\n"


def test_an_unknown_command_is_refused(command):
    assert "No such command 'biuld'" in command("biuld", code=2).stderr


def test_an_error_is_one_message_without_a_traceback(process):
    done = process("build", "--conditions", "nonsense", code=1)
    assert done.stderr.startswith("error: --conditions nonsense: expected one or more of aligned")


def test_the_wheel_holds_all_packages_their_data_and_their_commands(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = zipfile.ZipFile(next(tmp_path.glob("*.whl")))
    names = set(wheel.namelist())
    assert {
        "mma_bench/cli/main.py",
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
    (entries,) = (wheel.read(name).decode() for name in names if name.endswith("/entry_points.txt"))
    for name, value in REGISTERED.items():
        assert f"{name} = {value}" in entries
        module, _, attribute = value.partition(":")
        assert hasattr(import_module(module), attribute)
