"""Visitors who come to the Space at once: how many are answered, how long they wait, what memory it takes.

Each is a client on loopback; no two of a round ask for the same, and no round asks what one before it did. Half of them
bring a file of their own first.
"""

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

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.sources.synthetic.drawing import Drawing

VISITORS = 20
ROUNDS = 3


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
        process, url, seconds = _served(folder)
        try:
            print(f"served {seconds:.1f} s after its start\n")
            print("| round | answered | refused | median s | slowest s | peak memory, MB |\n"
                  "| --- | ---: | ---: | ---: | ---: | ---: |")  # fmt: skip
            for k in range(ROUNDS):
                _print(k, _visits(folder, url, k), process.pid)
        finally:
            process.terminate()
            process.wait()


def _served(folder: Path) -> tuple[subprocess.Popen[bytes], str, float]:
    """The process, its address, and the seconds until it was there; its model is loaded."""
    log = folder / "log"
    began = time.monotonic()
    with log.open("w") as out:
        run = [sys.executable, "-m", "mma_bench", "space", "--port", "0"]
        env = {**os.environ, "HF_HUB_OFFLINE": "1"}
        process = subprocess.Popen(run, cwd=folder, env=env, stdout=out, stderr=out)
    while not (url := re.search(r"http://\S+", log.read_text())):
        if process.poll() is not None:
            raise RuntimeError(log.read_text())
        time.sleep(0.05)
    seconds = time.monotonic() - began
    warm = Client(url[0], verbose=False)
    warm.predict(warm.predict(api_name="/clips")[0]["id"], "aligned", "cot", api_name="/probe")
    return process, url[0], seconds


def _visits(folder: Path, url: str, number: int) -> list[Visit]:
    """All at once, each with a connection of its own that is open already."""
    clients = [Client(url, verbose=False) for _ in range(VISITORS)]
    clips = [c["id"] for c in clients[0].predict(api_name="/clips")]
    ready = threading.Barrier(VISITORS)

    def visit(k: int) -> Visit:
        clip, condition = clips[k], list(CONDITIONS)[number]
        ready.wait()
        began = time.monotonic()
        try:
            if k % 2:
                upload = handle_file(str(folder / f"{k // 2}.mp4"))
                clip = clients[k].predict(upload, "Bird", "Bird", api_name="/upload")["id"]
            found = clients[k].predict(clip, condition, "abstain", api_name="/probe")
            said = "answered" if len(found["answers"]) == 4 else "no answers"
        except Exception as error:
            said = str(error)
        return Visit(time.monotonic() - began, said)

    with ThreadPoolExecutor(VISITORS) as pool:
        return list(pool.map(visit, range(VISITORS)))


def _print(number: int, visits: list[Visit], pid: int) -> None:
    answered = [v.seconds for v in visits if v.said == "answered" and v.seconds <= 60] or [float("nan")]
    status = Path(f"/proc/{pid}/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
    count = sum(v.said == "answered" and v.seconds <= 60 for v in visits)
    print(f"| {number + 1} | {count} | {len(visits) - count} | {statistics.median(answered):.1f} | "
          f"{max(answered):.1f} | {peak:,.0f} |")  # fmt: skip
    for said in {v.said for v in visits} - {"answered"}:
        print(f"\nrefused: {said[:200]}")
