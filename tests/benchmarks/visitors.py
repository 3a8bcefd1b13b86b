"""Visitors who come to the Space at once: how many are answered, how long they wait, what memory it takes.

Each is a client on loopback that asks for a clip and condition of its own, so that nothing is remembered; half of them
bring a file first.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gradio_client import Client, handle_file

from mma_bench.conditions import CONDITIONS
from mma_bench.sources.synthetic.drawing import Drawing

VISITORS = 20
ROUNDS = 3
PORT = 7899


@dataclass(frozen=True)
class Visit:
    seconds: float
    said: str
    """answered, or how it was refused."""


def run() -> None:
    print(f"\n## {VISITORS} visitors of the Space at once, tiny-omni on the CPU\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for k in range(VISITORS // 2):
            (folder / f"{k}.mp4").write_bytes(Drawing("Bird", "test", 9, k).render())
        process, seconds = _served(folder)
        try:
            print(f"served {seconds:.1f} s after its start\n")
            print("| round | answered | refused | median s | slowest s | peak memory, MB |\n"
                  "| --- | ---: | ---: | ---: | ---: | ---: |")  # fmt: skip
            for k in range(ROUNDS):
                _print(k, _visits(folder, k), process.pid)
        finally:
            process.terminate()
            process.wait()


def _served(folder: Path) -> tuple[subprocess.Popen[bytes], float]:
    log = folder / "log"
    env = {**os.environ, "GRADIO_TEMP_DIR": str(folder / "gradio"), "HF_HUB_OFFLINE": "1"}
    began = time.monotonic()
    with log.open("w") as out:
        run = [sys.executable, "-m", "mma_bench", "space", "--port", str(PORT)]
        process = subprocess.Popen(run, cwd=folder, env=env, stdout=out, stderr=out)
    while not re.search(r"http://\S+", log.read_text()):
        time.sleep(0.05)
    seconds = time.monotonic() - began
    warm = _client(folder)
    warm.predict(warm.predict(api_name="/clips")[0]["id"], "aligned", api_name="/probe")
    return process, seconds


def _client(folder: Path) -> Client:
    return Client(f"http://127.0.0.1:{PORT}", verbose=False, download_files=str(folder / "downloads"))


def _visits(folder: Path, number: int) -> list[Visit]:
    """All at once, each with a connection of its own that is open already."""
    clients = [_client(folder) for _ in range(VISITORS)]
    clips = [c["id"] for c in clients[0].predict(api_name="/clips")]
    ready = threading.Barrier(VISITORS)

    def visit(k: int) -> Visit:
        clip, condition = clips[k], list(CONDITIONS)[number % 6]
        ready.wait()
        began = time.monotonic()
        try:
            if k % 2:
                upload = handle_file(str(folder / f"{k // 2}.mp4"))
                clip = clients[k].predict(upload, "Bird", "Bird", api_name="/upload")["id"]
            found = clients[k].predict(clip, condition, api_name="/probe")
            said = "answered" if len(found["answers"]) == 4 else "no answers"
        except Exception as error:
            said = str(error)
        return Visit(time.monotonic() - began, said)

    with ThreadPoolExecutor(VISITORS) as pool:
        return list(pool.map(visit, range(VISITORS)))


def _print(number: int, visits: list[Visit], pid: int) -> None:
    answered = [v.seconds for v in visits if v.said == "answered" and v.seconds <= 60]
    status = Path(f"/proc/{pid}/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
    print(f"| {number + 1} | {len(answered)} | {len(visits) - len(answered)} | {statistics.median(answered):.1f} | "
          f"{max(answered):.1f} | {peak:,.0f} |")  # fmt: skip
    for said in {v.said for v in visits} - {"answered"}:
        print(f"\nrefused: {said[:200]}")
