"""A train clip with its ten swaps: encoded once, against every swapped video encoded, as the authors' pipeline does."""

import dataclasses
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.rows import QUESTIONS, planned, prepare_all

from mma_bench.builder.rows import ClipTask, rows_of_clip
from mma_bench.media.standardise import TRAINING

SWAPS = 10


def run() -> None:
    peers.require_ffmpeg()
    peers.on_one_core()
    print("\n## A train clip with its ten swaps, one core\n")
    clips = peers.ten_second_clips()[:3]
    with tempfile.TemporaryDirectory() as folder:
        donors = prepare_all(clips, Path(folder) / "donors", TRAINING)
        timings = []
        for k, path in enumerate(clips):
            donor = donors[(k + 1) % len(donors)]

            def ours(path: Path = path, donor=donor, k: int = k) -> None:
                with tempfile.TemporaryDirectory() as fresh:
                    clip = prepare_all([path], Path(fresh), TRAINING)[0]
                    rows = [planned(clip, donor, "aligned")]
                    swap = planned(clip, donor, "misaligned")
                    rows += [dataclasses.replace(swap, id=f"{swap.id}.{n}") for n in range(SWAPS)]
                    rows_of_clip(ClipTask(clip, rows, {donor.clip_id: donor}, QUESTIONS))

            def theirs(path: Path = path, donor=donor) -> None:
                for _ in range(SWAPS + 1):
                    peers.standardise(path, donor.mp4, Path(folder) / "peer.mp4")

            timings.append(peers.in_turn(ours, theirs, rounds=1))
    ours_s, theirs_s = (statistics.median(getattr(t, k) for t in timings) for k in ("ours", "peer"))
    ratio = statistics.median(t.ratio for t in timings)
    print("| eleven rows | ours, s | peer | peer, s | ratio |\n| --- | ---: | --- | ---: | ---: |")
    print(f"| aligned + ten swaps | {ours_s:.2f} | ffmpeg, authors' settings | {theirs_s:.1f} | {ratio:.1f}x |")
