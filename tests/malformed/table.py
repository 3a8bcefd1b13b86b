"""Which commands read which file: each is given the files of 0.1.0 with one of them malformed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Command = tuple[str, ...] | Callable[[], object]
"""Arguments of `mma-bench`; a function in place of a command that would serve a page or train for minutes."""
Kind = Literal["file", "line", "notes"]
"""What is malformed: the file, its third line, or the notes in the metadata of a Parquet file."""


@dataclass(frozen=True)
class Reader:
    """The commands that read one file of `tests/unchanged/v0_1_0`."""

    file: str
    commands: tuple[Command, ...]
    kind: Kind = "file"


def open_review(checks: str, votes: str) -> Callable[[], object]:
    """Open a review as `mma-bench review` does before it serves its page."""

    def review() -> object:
        from mma_bench.verification.opening import open_session
        from mma_bench.verification.options import ReviewOptions

        Path("clips").mkdir()
        for number in range(8):
            Path("clips", f"test-{number:06}_0.mp4").touch()
        return open_session(ReviewOptions(checks=Path(checks), clips=Path("clips"), annotator="ann", out=Path(votes)))

    return review


def continue_from_checkpoint() -> object:
    """Read the mark of a checkpoint, as a training does that continues."""
    from mma_training.train.checkpoints import seconds_until

    return seconds_until(Path("training.work/checkpoint-3"))


def continue_build() -> object:
    """Find that an unfinished build has other options, as `mma-bench build` does before it makes any row."""
    from mma_bench.builder.options import BuildOptions
    from mma_bench.builder.staging import Staging, begin

    Path("unfinished.partial", "dataset").mkdir()
    options = BuildOptions(seed=1).recorded(plan=None)
    return begin(Staging(Path("unfinished").absolute()), options, options, overwrite=False)


def offer_clips() -> object:
    """Choose clips of a dataset, as `mma-bench space --data built` does."""
    from mma_space.clips.gallery import open_gallery

    return open_gallery("built", 3)


def start_space() -> object:
    """Read the settings of a Space, as its entry does before it serves the page."""
    from mma_space.settings import read_variables

    return read_variables(Path("space"))


EVAL: Command = ("eval", "--model", "constant:Bird", "--data", "built", "--out", "runs/constant")
REPLAY: Command = ("eval", "--model", "predictions:runs/constant/predictions.jsonl", "--data", "built", "--out", "new")
SCORE: Command = ("score", "runs/constant")
SCORE_FILE: Command = ("score", "runs/constant/predictions.jsonl", "--out", "scored.json")
MERGE: Command = ("score", "runs/constant", "runs/tiny-omni", "--out", "merged")
REPORT: Command = ("report", "runs/constant", "--out", "report.html", "--failures", "1")
BOARD: Command = ("leaderboard", "runs/constant", "--data", "built", "--check")
ATTENTION: Command = ("attention", "--data", "built", "--limit", "1", "--out", "runs/attention")
ATTENTION_REPORT: Command = ("report", "runs/attention", "--out", "report.html", "--failures", "0")
ADAPTER_CARD: Command = ("adapter-card", "adapter", "--base", "runs/tiny-omni", "--tuned", "runs/tuned")
PUSH_ADAPTER: Command = ("push", "adapter", "adapter", "--to", "org/adapter", "--dry-run")
TRAIN: Command = ("train", "tiny_omni", "--data", "built", "--out", "adapter")
TRAIN_AGAIN: Command = ("train", "tiny_omni", "--data", "built", "--out", "training")
ALIGNED = ("--splits", "test", "--conditions", "aligned")
EXPORT: Command = ("export", "mp4", "--data", "built", "--out", "exported", *ALIGNED)
LMMS: Command = ("export", "lmms-eval", "--data", "built", "--out", "tasks")
FACTORY: Command = ("export", "llamafactory", "--data", "built", "--out", "factory")
INSPECT: Command = ("inspect", "synthetic-test-0-00000", "--data", "built", "--out", "sheet.png")
PUSH_DATASET: Command = ("push", "dataset", "built", "--to", "org/mma-bench", "--dry-run")
SMALL = ("--limit", "3", "--size", "64", "--seconds", "0.5", "--train-swaps", "1")
REBUILD: Command = ("build", "--out", "built", *SMALL)
PLAN: Command = ("build", "--plan", "built", "--out", "planned", "--dry-run")
BUILD_MANIFEST: Command = ("build", "--source", "verification/manifest.parquet", "--clips", "none", "--dry-run")
CHECK: Command = ("check", "--source", "verification/manifest.parquet", "--clips", "none", "--model", "random")
CHECK_BUILT: Command = ("check", "--source", "built", "--model", "random", "--out", "new.parquet", "--limit", "1")
CHECK_AGAIN: Command = (
    *("check", "--source", "checked/manifest.parquet", "--clips", "exported/aligned/test"),
    *("--model", "constant:Yes", "--out", "checked/checks.parquet"),
)
CONSENSUS: Command = ("consensus", "verification/ann.parquet", "verification/ben.parquet", "--out", "new.parquet")
PUSH_SPACE: Command = ("push", "space", "space", "--to", "org/space", "--dry-run")
REVIEW_CHECKS = open_review("verification/checks.parquet", "new.parquet")
REVIEW_AGAIN = open_review("verification/checks.parquet", "verification/ann.parquet")

READERS: tuple[Reader, ...] = (
    Reader(
        "built/build.json",
        (
            *(EVAL, EXPORT, LMMS, FACTORY, INSPECT, PUSH_DATASET, REBUILD, PLAN, BOARD, ATTENTION, TRAIN, CHECK_BUILT),
            offer_clips,
        ),
    ),
    Reader("runs/constant/run.json", (EVAL, SCORE, MERGE, REPORT, BOARD)),
    Reader("runs/constant/predictions.jsonl", (EVAL, SCORE, SCORE_FILE, REPLAY, MERGE, REPORT, BOARD), "line"),
    Reader("runs/constant/metrics.json", (REPORT, BOARD)),
    Reader("runs/tiny-omni/metrics.json", (ADAPTER_CARD,)),
    Reader("runs/tuned/run.json", (ADAPTER_CARD,)),
    Reader("runs/attention/run.json", (ATTENTION, ATTENTION_REPORT)),
    Reader("adapter/training.json", (ADAPTER_CARD, PUSH_ADAPTER, TRAIN)),
    Reader("adapter/scores.json", (ADAPTER_CARD, PUSH_ADAPTER)),
    Reader("adapter/adapter_config.json", (PUSH_ADAPTER,)),
    Reader("training.work/state.json", (TRAIN_AGAIN,)),
    Reader("training.work/checkpoint-3/whole.json", (continue_from_checkpoint,)),
    Reader("exported/.mma-export.json", (EXPORT,)),
    Reader("unfinished.partial/options.json", (continue_build,)),
    Reader("space/settings.json", (PUSH_SPACE, start_space)),
    Reader("checked/checks.answers/run.json", (CHECK_AGAIN,)),
    Reader("checked/checks.answers/unreadable.json", (CHECK_AGAIN,)),
    Reader("verification/manifest.parquet", (CHECK, BUILD_MANIFEST), "notes"),
    Reader("verification/checks.parquet", (REVIEW_CHECKS,), "notes"),
    Reader("verification/ann.parquet", (CONSENSUS, REVIEW_AGAIN), "notes"),
    Reader("checked/checks.parquet", (CHECK_AGAIN,), "notes"),
)
