"""Whole rows with all their columns (mp4, FLAC, digests, questions), per second on one core."""

import statistics
import tempfile
import time
from pathlib import Path

from tests.benchmarks import peers

from mma_bench.benchmark.conditions import CONDITIONS
from mma_bench.benchmark.plan import PlannedRow, Questions
from mma_bench.benchmark.prompts import LongContext
from mma_bench.builder.prepare import Preparation, prepare
from mma_bench.builder.rows import ClipTask, rows_of_clip
from mma_bench.media.encode import Square
from mma_bench.sources.clips import PreparedClip, SourceClip

QUESTIONS = Questions(tuple(f"Class{k:02d}" for k in range(58)), LongContext())


def run() -> None:
    peers.require_ffmpeg()
    peers.on_one_core()
    print("\n## Whole rows, one core\n")
    clips = peers.ten_second_clips()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "peer.mp4"
        began = time.perf_counter()
        prepared = prepare_all(clips, Path(folder))
        each = 1000 * (time.perf_counter() - began) / len(clips)
        print(f"verification, once per clip: {each:.0f} ms\n")
        print("| rows | ours, rows/s | peer | peer, clips/s | ratio |\n| --- | ---: | --- | ---: | ---: |")
        compared = {
            "misaligned": [
                ("ffmpeg -c copy", lambda p, d: peers.swap_by_copy(p, d, out)),
                ("ffmpeg, authors' settings", lambda p, d: peers.swap_by_encoding(p, d, out)),
            ],
            "audio_removed": [("ffmpeg, video copied, anullsrc", lambda p, d: peers.silence(p, out))],
            "frames_zeroed": [("ffmpeg drawbox + libx264", lambda p, d: peers.blacken(p, out))],
        }
        for condition, others in compared.items():
            for name, peer in others:
                _compare(prepared, (condition,), name, peer)
        _compare(prepared, tuple(CONDITIONS), "ffmpeg -c copy", lambda p, d: peers.swap_by_copy(p, d, out))


def prepare_all(clips, folder: Path, square: Square | None = None) -> list[PreparedClip]:
    split = "train" if square else "test"
    tasks = [SourceClip(p.stem, f"Class{k:02d}", split, p) for k, p in enumerate(clips)]
    return [prepare(Preparation(clip, folder, square)) for clip in tasks]


def planned(clip: PreparedClip, donor: PreparedClip, condition: str) -> PlannedRow:
    lent = CONDITIONS[condition].audio == "donor"
    return PlannedRow(
        id=f"{clip.clip_id}.{condition}",
        split=clip.split,
        condition=condition,
        clip_id=clip.clip_id,
        visual_class=clip.class_name,
        audio_class=donor.class_name if lent else clip.class_name,
        seed=0,
        donor_id=donor.clip_id if lent else None,
        caption_class="Class57" if CONDITIONS[condition].text == "caption" else None,
    )


def _compare(prepared: list[PreparedClip], conditions: tuple[str, ...], peer_name: str, peer) -> None:
    timings = []
    for clip, donor in zip(prepared, [*prepared[1:], prepared[0]], strict=True):
        rows = [planned(clip, donor, c) for c in conditions]
        timings.append(
            peers.in_turn(
                lambda c=clip, d=donor, r=rows: rows_of_clip(ClipTask(c, r, {d.clip_id: d}, QUESTIONS)),
                lambda c=clip, d=donor: peer(c.mp4, d.mp4),
                rounds=3,
            )
        )
    n = len(conditions)
    ours = statistics.median(n / t.ours for t in timings)
    theirs = statistics.median(1 / t.peer for t in timings)
    ratio = statistics.median(n * t.ratio for t in timings)
    name = conditions[0] if n == 1 else f"all {n} conditions"
    print(f"| {name} | {ours:.0f} | {peer_name} | {theirs:.1f} | {ratio:.1f}x |", flush=True)
