"""The same inputs give the same bytes, even where an encoder would read uninitialised memory."""

import os
import subprocess
import sys

import pytest

ENCODE = """
import hashlib, sys
from fractions import Fraction
from mma_bench.media.encode import Square
from mma_bench.media.operations import remove_sound, zero_frames
from mma_bench.media.standardise import standardise, to_mp4
from mma_bench.sources.synthetic.drawing import CLASSES, Drawing
clip, other = sys.argv[1:]
made = [Drawing(CLASSES[k % 12], "test", 0, k, seconds=4.0).render() for k in (7, 19)]
made += [standardise(clip, Square(96, Fraction(2))), to_mp4(other), zero_frames(clip), remove_sound(clip)]
print(*(hashlib.sha256(data).hexdigest() for data in made))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc can be told what fresh memory holds")
def test_what_fresh_memory_holds_changes_no_byte(clip, make_clip):
    other = make_clip("for-encoding.mkv", "-c:v", "mpeg4", "-c:a", "pcm_s16le", seconds=2)
    digests = set()
    for fill in ("0", "1", "85", "255"):
        env = {**os.environ, "MALLOC_PERTURB_": fill}
        done = subprocess.run([sys.executable, "-c", ENCODE, clip, other], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout)
    assert len(digests) == 1
