"""Cutting ten seconds out of a recording of ten minutes, on one core, against ffmpeg's accurate cut."""

import statistics
import tempfile
from pathlib import Path

from tests.benchmarks import peers

from mma_bench.media.cut import cut

START, END = 303.3, 313.3


def run() -> None:
    peers.require_ffmpeg()
    peers.on_one_core()
    print("\n## Ten seconds cut out of ten minutes, one core\n")
    with tempfile.TemporaryDirectory() as folder:
        a, b = Path(folder) / "ours.mp4", Path(folder) / "peer.mp4"
        timings = []
        for k, clip in enumerate(peers.ten_second_clips()):
            long = Path(folder) / f"long{k}.mp4"
            peers.ffmpeg("-stream_loop", "59", "-i", clip, "-c", "copy", long)
            timings.append(
                peers.in_turn(
                    lambda p=long: a.write_bytes(cut(p, p, start=START, end=END)),
                    lambda p=long: peers.cut(p, START, END, b),
                    rounds=3,
                )
            )
            long.unlink()
        ours, peer = (1000 * statistics.median(getattr(t, k) for t in timings) for k in ("ours", "peer"))
        ratio = statistics.median(t.ratio for t in timings)
        print("| operation | ours, ms | peer | peer, ms | ratio |\n| --- | ---: | --- | ---: | ---: |")
        print(f"| cut | {ours:.0f} | ffmpeg -ss -to, authors' settings | {peer:.0f} | {ratio:.2f}x |", flush=True)
