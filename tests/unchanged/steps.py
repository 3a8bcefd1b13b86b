"""The steps of a comparison: which commands run, in order, and which of their files are kept."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.unchanged.comparable import comparable, comparable_text
from tests.unchanged.comparing import WORDING
from tests.unchanged.refusals import run_refusals

from loopback_hub import LoopbackHub

KEPT_FILES = Path(__file__).parent / "v0_1_0"
THREADS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "COLUMNS": "120", "HF_HUB_OFFLINE": "1"}
"""Environment of every command: sums do not depend on the number of cores."""
SMALL = ("--limit", "24", "--size", "96", "--seconds", "2", "--workers", "2", "--train-swaps", "2")
SPLITS = ("--splits", "train", "--splits", "test", "--splits", "validation")


class Workplace:
    """The folder in which the commands of all steps run, and the record that they add to."""

    def __init__(self, work: Path, record: Path) -> None:
        self.work, self.record = work, record
        self._step = ""
        self._commands = 0

    def begin(self, step: str) -> None:
        """Begin a step: what is kept from now on belongs to it."""
        self._step, self._commands = step, 0
        shutil.rmtree(self.record / step, ignore_errors=True)

    def run(self, *arguments: str, code: int | None = 0, env: Mapping[str, str] | None = None) -> int:
        """Run `mma-bench` and keep its exit status and what it prints.

        Args:
            arguments: the command.
            code: the exit status that the step needs to go on; None for any.
            env: variables to add.
        """
        done = self.call(*arguments, env=env)
        self._commands += 1
        self.keep_result(f"{self._commands:02} {arguments[0]}", arguments, done)
        if code is not None and done.returncode != code:
            raise SystemExit(f"{' '.join(arguments)}: exit status {done.returncode}\n{done.stderr}")
        return done.returncode

    def call(
        self, *arguments: str, env: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `mma-bench`, by default in the common folder."""
        return subprocess.run(
            [sys.executable, "-m", "mma_bench", *arguments],
            cwd=folder or self.work,
            env={**os.environ, **THREADS, **(env or {})},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def keep_result(self, name: str, arguments: Sequence[str], done: subprocess.CompletedProcess[str]) -> None:
        """Keep the exit status of a command, which may not change, and what it printed, which may."""
        self.keep_text(f"{name}.exit.txt", f"{' '.join(arguments)}\n{done.returncode}\n")
        self.keep_text(f"{name}{WORDING}", f"{done.stdout}\n--- stderr\n{done.stderr}")

    def keep(self, *names: str, without: Sequence[str] = ()) -> None:
        """Keep files, or all files of folders; `without` are parts of names that are left out."""
        for name in names:
            path = self.work / name
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file() and not any(part in file.name for part in without):
                    ending, text = comparable(file, self.work)
                    self.keep_text(f"{file.relative_to(self.work).as_posix()}{ending}", text)

    def keep_text(self, name: str, text: str) -> None:
        """Keep a text."""
        path = self.record / self._step / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(comparable_text(text, self.work), encoding="utf-8")


@dataclass(frozen=True)
class Step:
    """A step: what runs, and the steps whose files it needs."""

    name: str
    run: Callable[[Workplace], None]
    needs: tuple[str, ...] = ()


def _default_build(place: Workplace) -> None:
    place.run("build")
    place.keep("mma-bench")


def _build(place: Workplace) -> None:
    place.run("build", "--out", "data", *SMALL, *SPLITS)
    place.run("build", "--out", "data", *SMALL, *SPLITS)  # is there already
    place.run("build", "--out", "data", *SMALL, *SPLITS, "--seed", "1", code=1)  # refuses
    place.keep("data")
    place.run("build", "--dry-run")
    place.run("build", "--plan", "data", "--out", "again", "--workers", "2", code=None)
    place.keep("again")


def _eval(place: Workplace) -> None:
    variants = ("--variants", "plain", "--variants", "abstain", "--seeds", "0", "--seeds", "1")
    conflict = ("--conditions", "aligned", "--conditions", "misaligned")
    place.run("eval", "--data", "data", "--out", "runs/base")
    place.run("eval", "--data", "data", "--adapter", "tiny-omni-mma", *conflict, "--out", "runs/tuned")
    place.run("eval", "--data", "data", "--limit", "6", *conflict, *variants, "--out", "runs/variants")
    place.run("eval", "--data", "data", "--model", "constant:Bird", "--out", "runs/constant")
    for part in ("1/2", "2/2"):
        place.run("eval", "--data", "data", "--model", "random", "--shard", part, "--out", "runs/random")
    place.run("score", "runs/base")
    place.run("score", "runs/base/predictions.jsonl", "--out", "scored.json", code=None)
    place.keep("runs", "scored.json")


def _resume(place: Workplace) -> None:
    run = place.work / "runs" / "resumed"
    shutil.copytree(place.work / "runs" / "base", run)
    lines = (run / "predictions.jsonl").read_bytes().splitlines(keepends=True)
    failed = {**json.loads(lines[3]), "answer": None, "error": "TimeoutError: no answer", "ended": None}
    kept = [*lines[:3], json.dumps(failed).encode() + b"\n", *lines[4:10], lines[10][:40]]
    (run / "predictions.jsonl").write_bytes(b"".join(kept))  # killed while it wrote its eleventh answer
    place.run("eval", "--data", "data", "--out", "runs/resumed")
    place.run("eval", "--data", "data", "--out", "runs/resumed", "--fps", "0.5", code=1)  # refuses
    place.keep("runs/resumed")
    shutil.rmtree(run)


def _attention(place: Workplace) -> None:
    for options in (("--out", "runs/attention"), ("--adapter", "tiny-omni-mma", "--out", "runs/attention-tuned")):
        place.run("attention", "--data", "data", "--limit", "8", *options)
    place.keep("runs/attention", "runs/attention-tuned")


def _export(place: Workplace) -> None:
    place.run("export", "mp4", "--data", "data", "--out", "mp4", "--splits", "test")
    place.run("export", "mp4", "--data", "data", "--out", "mp4", "--splits", "test")
    place.run("export", "llamafactory", "--data", "data", "--out", "llamafactory")
    place.run("export", "lmms-eval", "--data", "data", "--out", "lmms")
    place.run("inspect", "synthetic-test-0-00000", "--data", "data", "--out", "sheet.png")
    place.keep("mp4", "llamafactory", "lmms", "sheet.png")


def _set_seconds(place: Workplace) -> None:
    """Let every answer have taken half a second: reports tell the median."""
    for path in (place.work / "runs").rglob("predictions.jsonl"):
        path.write_text(re.sub(r'"seconds": [\d.e-]+', '"seconds": 0.5', path.read_text(encoding="utf-8")))


def _report(place: Workplace) -> None:
    _set_seconds(place)
    place.run("report", "runs/base", "runs/tuned", "runs/constant", "runs/random", "--out", "report/report.html")
    place.run("report", "runs/variants", "--out", "report/variants.html")
    place.keep("report", without=("confusion-",))


def _attention_report(place: Workplace) -> None:
    _set_seconds(place)
    place.run("report", "runs/attention", "runs/attention-tuned", "--out", "report/attention.html")
    place.keep("report/attention.html", "report/attention.md", "report/attention_files", without=("confusion-",))


def _leaderboard(place: Workplace) -> None:
    runs = ("runs/base", "runs/tuned", "runs/constant", "runs/random")
    place.run("leaderboard", *runs, "--data", "data", code=None)
    place.run("leaderboard", "runs/base", "--data", "data", "--check", code=None)
    place.run("leaderboard", "runs/variants", "--data", "data", "--check", code=None)
    place.keep("leaderboard")


def _train(place: Workplace) -> None:
    small = ("data.limit=3", "optimisation.epochs=1.0", "validation.questions=8", "validation.times=2", "lora.rank=4")
    options = [part for value in small for part in ("--set", value)]
    place.run("train", "tiny_omni", "--data", "data", "--out", "adapters/small", *options)
    place.keep("adapters/small", without=("training.png",))


def _adapter(place: Workplace) -> None:
    where = "import mma_eval; print(mma_eval.__path__[0])"
    package = subprocess.run([sys.executable, "-c", where], capture_output=True, text=True, check=True)
    shutil.copytree(Path(package.stdout.strip()) / "weights" / "tiny-omni-mma", place.work / "adapters" / "shipped")
    card = ("--base", "runs/base", "--tuned", "runs/tuned")
    place.run("adapter-card", "adapters/shipped", *card, "--dataset-id", "org/mma-bench", code=None)
    place.run("adapter-card", "adapters/shipped", *card[:3], "runs/constant", code=None)
    place.keep("adapters/shipped")


def _space(place: Workplace) -> None:
    place.run("space-folder", "space")
    place.keep("space/README.md", "space/settings.json")
    requirements = (place.work / "space" / "requirements.txt").read_text().splitlines()
    place.keep_text("requirements.txt", "\n".join(re.split("[<>=]", line)[0] for line in requirements) + "\n")
    files = sorted(p.relative_to(place.work).as_posix() for p in (place.work / "space").rglob("*") if p.is_file())
    moved = re.compile(r".*\.py$|.*tasks/")  # code lies in other places today
    place.keep_text("files.txt", "\n".join(name for name in files if not moved.match(name)) + "\n")


def _push(place: Workplace) -> None:
    place.run("push", "dataset", "data", "--to", "org/mma-bench", "--dry-run")
    with LoopbackHub(place.work / "hub") as hub:
        env = hub.environment(place.work / "home")
        for kind, what, repo in (
            ("dataset", ("data",), "org/mma-bench"),
            ("adapter", ("tiny-omni-mma",), "org/tiny-omni-mma"),
            ("metric", (), "org/mma_accuracy"),
            ("dataset", ("data",), "org/mma-bench"),  # is there already
        ):
            place.run("push", kind, *what, "--to", repo, env=env)
        for kind, repo in (("dataset", "org/mma-bench"), ("model", "org/tiny-omni-mma"), ("space", "org/mma_accuracy")):
            for name, content in hub.repo(kind, repo).files().items():  # type: ignore[arg-type]
                if name.endswith(".py"):
                    continue
                copy = place.work / "arrived" / kind / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(content)
        place.run("build", "--plan", "org/mma-bench", "--out", "replanned", "--workers", "2", env=env)
        place.run("eval", "--data", "org/mma-bench", "--model", "random", "--out", "runs/of-hub", env=env)
    place.keep("arrived", "replanned", "runs/of-hub/predictions.jsonl", "runs/of-hub/metrics.json")


def _verify(place: Workplace) -> None:
    shutil.copytree(KEPT_FILES / "verification", place.work / "verification")
    votes = ("verification/ann.parquet", "verification/ben.parquet")
    place.run("consensus", *votes, "--out", "verification/verified.parquet", code=None)
    place.keep("verification")
    place.run("build", "--dry-run", "--source", "verification/verified.parquet", "--clips", "none", code=None)


def _refusals(place: Workplace) -> None:
    run_refusals(place, KEPT_FILES)


STEPS = (
    Step("build", _build),
    Step("eval", _eval, ("build",)),
    Step("resume", _resume, ("eval",)),
    Step("attention", _attention, ("build",)),
    Step("export", _export, ("build",)),
    Step("report", _report, ("eval",)),
    Step("attention-report", _attention_report, ("attention",)),
    Step("leaderboard", _leaderboard, ("eval",)),
    Step("adapter", _adapter, ("eval",)),
    Step("space", _space),
    Step("push", _push, ("build",)),
    Step("verify", _verify),
    Step("train", _train, ("build",)),
    Step("refusals", _refusals),
    Step("default-build", _default_build),
)


def run_steps(names: Sequence[str], record: Path) -> list[str]:
    """Run some steps and those that they need, in a new folder; return the names of those that ran."""
    wanted = set(names)
    for step in reversed(STEPS):  # a step stands behind those that it needs
        wanted |= {*step.needs} if step.name in wanted else set()
    with tempfile.TemporaryDirectory(prefix="mma-bench-work-") as work:
        place = Workplace(Path(work).resolve(), record.resolve())
        for step in STEPS:
            if step.name in wanted:
                began = time.monotonic()
                place.begin(step.name)
                step.run(place)
                print(f"{step.name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return [step.name for step in STEPS if step.name in wanted]
