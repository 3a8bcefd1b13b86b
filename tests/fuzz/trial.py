"""Put one mutant through everything that reads media, in a worker process."""

import random
import resource
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.fuzz.mutations import mutate

from mma_bench.core.errors import ClipError
from mma_bench.media.frames import sample_frames
from mma_bench.media.operations import remove_sound, swap_sound, zero_frames
from mma_bench.media.probe import probe
from mma_bench.media.sound import read_sound

SECONDS, MEGABYTES = 20.0, 2000
"""What a trial may take; the memory includes the code of all libraries."""

READERS: Mapping[str, Callable[[bytes], object]] = {
    "probe": probe,
    "frames": lambda data: sample_frames(data, fps=2),
    "sound": read_sound,
}
MAKERS: Mapping[str, Callable[[bytes], bytes]] = {
    "swap onto it": lambda data: swap_sound(data, _donor()),
    "swap from it": lambda data: swap_sound(_donor(), data),
    "silence": remove_sound,
    "black": zero_frames,
}


@dataclass(frozen=True)
class Trial:
    """A mutant, which its number determines."""

    seed: int
    number: int
    sources: tuple[Path, ...]

    @property
    def name(self) -> str:
        return f"mutant {self.number}"

    def mutant(self) -> bytes:
        rng = random.Random(f"{self.seed} {self.number}")
        source = rng.choice(self.sources)
        others = [rng.choice(self.sources).read_bytes() for _ in range(2)]
        return mutate(rng, source.read_bytes(), others)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant, by operation.

    `ok`, `refused: PROBLEM`, or a failure: `unreadable: PROBLEM` (of the result), `accepted` (what `probe` refuses) or
    `foreign: EXCEPTION`.
    """

    said: Mapping[str, str]
    megabytes: int
    """Peak memory of the worker process so far."""


def run(trial: Trial) -> Outcome:
    """Try every operation. What `MAKERS` make is probed again."""
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    data, said = trial.mutant(), dict[str, str]()
    for name, operation in {**READERS, **MAKERS}.items():
        said[name] = _outcome(name, operation, data)
    for name in ("swap onto it", "silence"):
        if said[name] == "ok" and said["probe"] != "ok":
            said[name] = f"accepted, which probe {said['probe']}"
    return Outcome(said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def _outcome(name: str, operation: Callable[[bytes], object], data: bytes) -> str:
    try:
        made = operation(data)
    except ClipError as error:
        return f"refused: {error.problem}"
    except Exception as error:  # what the fuzzer looks for
        return f"foreign: {type(error).__name__}: {error}"
    if name in MAKERS and isinstance(made, bytes):
        try:
            probe(made)
        except ClipError as error:
            return f"unreadable: {error.problem}"
    return "ok"


@cache
def _donor() -> bytes:
    from mma_bench.sources.synthetic.drawing import CLASSES, Drawing

    return Drawing(CLASSES[0], "test", 0, 0, size=64, seconds=2.0).render()
