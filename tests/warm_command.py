"""Run `mma-bench` in a process of its own that finds torch, transformers and gradio imported.

Importing them takes ten seconds, which a test that kills a command three times would pay three times. A server process
imports them once and forks a child per command: a process with its own memory, files and signals.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

IMPORTED = (
    *("torch", "peft", "peft.tuners.lora", "transformers.trainer", "transformers.generation", "datasets"),
    *("transformers.models.qwen2_5_omni.modeling_qwen2_5_omni", "transformers.models.whisper"),
    *("transformers.models.qwen2_5_omni.processing_qwen2_5_omni", "mma_bench.cli.main", "mma_training.cli"),
    "gradio",
)


class WarmCommand:
    """A running `mma-bench`, with what tests use of `subprocess.Popen`."""

    def __init__(
        self, arguments: Sequence[str | Path], log: Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        """Start the command in the folder `cwd`, with `env` besides; `log` receives what it writes."""
        words = ["mma-bench", *map(str, arguments)]
        self._log, self._ended = log, None
        log.unlink(missing_ok=True)
        environment = {**os.environ, **(env or {})}
        self.pid: int = _request(words=words, log=str(log), cwd=str(cwd or Path.cwd()), environment=environment)

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the command runs."""
        if self._ended is None:
            self._ended = _request(poll=self.pid)
        return self._ended

    def wait(self, timeout: float = 120) -> int:
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            assert time.monotonic() < end, f"still running after {timeout} s: {self._log.read_text()}"
            time.sleep(0.01)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def written(self) -> str:
        """Wait for the end, and return what the command wrote."""
        self.wait()
        return self._log.read_text()


@cache
def _server() -> "subprocess.Popen[str]":
    """Start this worker's server; it ends with its standard input."""
    return subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _request(**request: Any) -> Any:
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    print(json.dumps(request), file=server.stdin, flush=True)
    return json.loads(server.stdout.readline())


def _serve() -> None:
    """Answer each line of standard input: a command to start, with its process, or a process, with its exit code."""
    for name in IMPORTED:
        __import__(name)
    for line in sys.stdin:
        request = json.loads(line)
        if "poll" in request:
            ended, status = os.waitpid(request["poll"], os.WNOHANG)
            print(json.dumps(os.waitstatus_to_exitcode(status) if ended else None), flush=True)
        elif child := os.fork():
            print(json.dumps(child), flush=True)
        else:
            os.chdir(request["cwd"])
            _run(request["words"], Path(request["log"]), request["environment"])


def _run(words: list[str], log: Path, environment: dict[str, str]) -> None:
    """Become the command."""
    out, nothing = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, out, out)):
        os.dup2(descriptor, number)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # what was imported has asked for it under other variables
    sys.argv = words
    from mma_bench.cli.main import main

    main()
    sys.exit(0)


if __name__ == "__main__":
    _serve()
