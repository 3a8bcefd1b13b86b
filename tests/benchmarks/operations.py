"""Media operations, file to file, on one core, against one ffmpeg process per clip."""

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import peers

from mma_bench.media.frames import sample_frames
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.sound import read_sound


def run() -> None:
    peers.require_ffmpeg()
    peers.on_one_core()
    print("\n## Operations, file to file, one core\n")
    clips = peers.ten_second_clips()
    pairs = list(zip(clips, [*clips[1:], clips[0]], strict=True))
    with tempfile.TemporaryDirectory() as folder:
        a, b = Path(folder) / "ours.mp4", Path(folder) / "peer.mp4"
        cases: list[tuple[str, str, Callable[[Path, Path], object], Callable[[Path, Path], object]]] = [
            ("swap", "ffmpeg -c copy", lambda p, d: a.write_bytes(swap_sound(p, d)),
             lambda p, d: peers.swap_by_copy(p, d, b)),
            ("swap", "ffmpeg, authors' settings", lambda p, d: a.write_bytes(swap_sound(p, d)),
             lambda p, d: peers.swap_by_encoding(p, d, b)),
            ("silence", "ffmpeg, video copied, anullsrc", lambda p, d: a.write_bytes(remove_sound(p)),
             lambda p, d: peers.silence(p, b)),
            ("black", "ffmpeg drawbox + libx264", lambda p, d: a.write_bytes(zero_frames(p)),
             lambda p, d: peers.blacken(p, b)),
            ("frames at 2/s and sound", "two ffmpeg pipes", lambda p, d: (sample_frames(p), read_sound(p)),
             lambda p, d: peers.read_by_pipes(p)),
        ]  # fmt: skip
        print("| operation | ours, ms | peer | peer, ms | ratio |\n| --- | ---: | --- | ---: | ---: |")
        for name, peer_name, ours, peer in cases:
            timings = [
                peers.in_turn(lambda p=p, d=d, f=ours: f(p, d), lambda p=p, d=d, f=peer: f(p, d), rounds=3)
                for p, d in pairs
            ]
            mine, theirs = (1000 * statistics.median(getattr(t, k) for t in timings) for k in ("ours", "peer"))
            ratio = statistics.median(t.ratio for t in timings)
            print(f"| {name} | {mine:.1f} | {peer_name} | {theirs:.0f} | {ratio:.1f}x |", flush=True)
