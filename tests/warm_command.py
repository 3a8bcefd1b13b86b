"""Run `mma-bench` in a process of its own that finds torch and transformers imported.

Importing them takes ten seconds, which a test that kills a command three times would pay three times. A server process
imports them once and forks a child per command: a process with its own memory, files and signals.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

IMPORTED = (
    *("torch", "peft", "peft.tuners.lora", "transformers.trainer", "transformers.generation", "datasets"),
    *("transformers.models.qwen2_5_omni.modeling_qwen2_5_omni", "transformers.models.whisper"),
    *("transformers.models.qwen2_5_omni.processing_qwen2_5_omni", "mma_bench.cli.main", "mma_training.cli"),
)


class WarmCommand:
    """A running `mma-bench`, with what tests use of `subprocess.Popen`."""

    def __init__(self, arguments: Sequence[str | Path], log: Path) -> None:
        """Start the command; `log` receives what it writes."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(IMPORTED))
        self._log = log
        words = ["mma-bench", *map(str, arguments)]
        self._process: ForkServerProcess = context.Process(target=_run, args=(words, dict(os.environ), log))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the command runs."""
        return self._process.exitcode

    def wait(self, timeout: float = 120) -> int:
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"still running after {timeout} s"
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def written(self) -> str:
        """Wait for the end, and return what the command wrote."""
        self.wait()
        return self._log.read_text()


def _run(words: list[str], environment: dict[str, str], log: Path) -> None:
    with log.open("w") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = words
    from mma_bench.cli.main import main

    main()
