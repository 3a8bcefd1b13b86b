"""Run `mma-bench` in a process of its own that finds torch, transformers and gradio imported.

Importing them takes ten seconds, which a test that kills a command three times would pay three times. A server process
imports them once for all workers of a test run and forks a child per command: a process with its own memory, files and
signals.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TextIO

from filelock import FileLock

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
def _connection() -> tuple[TextIO, TextIO, "subprocess.Popen[bytes] | None"]:
    """Connect to the server of this test run, which the first of its processes starts and the last one ends."""
    server = None
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    address = f"{tempfile.gettempdir()}/warm-{run[:12]}.socket"
    with FileLock(f"{address}.lock"):
        if not Path(address).exists():
            command = [sys.executable, __file__, address]
            server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        connection, end = socket.socket(socket.AF_UNIX), time.monotonic() + 120
        while connection.connect_ex(address):
            assert time.monotonic() < end, "the server of warm commands does not start"
            time.sleep(0.05)
    return connection.makefile("r"), connection.makefile("w"), server


def _request(**request: Any) -> Any:
    answers, requests, _ = _connection()
    print(json.dumps(request), file=requests, flush=True)
    return json.loads(answers.readline())


def _serve(address: str) -> None:
    """Answer lines: a command to start, with its process, or a process, with its exit code."""
    for name in IMPORTED:
        __import__(name)
    listener, open_ones = socket.socket(socket.AF_UNIX), dict[socket.socket, TextIO]()
    listener.bind(address)
    listener.listen()
    while True:
        for ready in select.select([listener, *open_ones], [], [])[0]:
            if ready is listener:
                accepted = listener.accept()[0]
                open_ones[accepted] = accepted.makefile("r")
            elif line := open_ones[ready].readline():
                answer = _answer(json.loads(line), (listener, *open_ones))
                ready.sendall(f"{json.dumps(answer)}\n".encode())
            else:
                open_ones.pop(ready).close()
                ready.close()
        if not open_ones:
            for used in (address, f"{address}.lock"):
                Path(used).unlink()
            return


def _answer(request: Mapping[str, Any], sockets: Iterable[socket.socket]) -> int | None:
    if "poll" in request:
        ended, status = os.waitpid(request["poll"], os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if ended else None
    if child := os.fork():
        return child
    for each in sockets:
        os.close(each.detach())
    os.chdir(request["cwd"])
    return _run(request["words"], Path(request["log"]), request["environment"])


def _run(words: list[str], log: Path, environment: dict[str, str]) -> NoReturn:
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
    _serve(sys.argv[1])
