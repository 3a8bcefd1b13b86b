"""Inputs that commands refuse: damaged files and options that cannot be. Exit statuses may not change; words may."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unchanged.steps import Workplace

DAMAGES: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "null": b"null",
    "a list": b"[]",
    "an empty object": b"{}",
    "binary": bytes(range(256)),
}
EVAL = ("eval", "--model", "constant:Bird", "--data", "built", "--out", "runs/constant")
ADAPTER_CARD = ("adapter-card", "adapter", "--base", "runs/tiny-omni", "--tuned", "runs/tuned")
CONSENSUS = ("consensus", "verification/ann.parquet", "verification/ben.parquet", "--out", "verified.parquet")
CHECK = ("check", "--source", "verification/manifest.parquet", "--clips", "none", "--model", "constant:yes")
READERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "built/build.json": (
        EVAL,
        ("export", "mp4", "--data", "built", "--out", "exported"),
        ("inspect", "synthetic-test-0-00000", "--data", "built"),
        ("build", "--plan", "built", "--out", "replanned"),
        ("build", "--out", "built", "--limit", "3"),
        ("push", "dataset", "built", "--to", "org/mma-bench", "--dry-run"),
        ("leaderboard", "runs/constant", "--data", "built"),
        ("train", "tiny_omni", "--data", "built", "--out", "tuned"),
    ),
    "runs/constant/run.json": (
        EVAL,
        ("score", "runs/constant"),
        ("score", "runs/constant", "runs/tiny-omni", "--out", "merged"),
        ("report", "runs/constant"),
        ("leaderboard", "runs/constant", "--data", "built"),
    ),
    "runs/constant/predictions.jsonl": (EVAL, ("score", "runs/constant"), ("report", "runs/constant")),
    "runs/tiny-omni/metrics.json": (("report", "runs/tiny-omni"), ADAPTER_CARD),
    "adapter/training.json": (ADAPTER_CARD, ("push", "adapter", "adapter", "--to", "org/adapter", "--dry-run")),
    "adapter/scores.json": (ADAPTER_CARD, ("push", "adapter", "adapter", "--to", "org/adapter", "--dry-run")),
    "exported/.mma-export.json": (("export", "mp4", "--data", "built", "--out", "exported"),),
    "unfinished.partial/options.json": (
        ("build", "--out", "unfinished", "--limit", "3", "--size", "64", "--seconds", "0.5"),
    ),
    "verification/ann.parquet": (CONSENSUS,),
    "verification/manifest.parquet": (CHECK, ("fetch", "verification/manifest.parquet", "--out", "clips")),
    "verification/checks.parquet": (
        ("review", "verification/checks.parquet", "--annotator", "ann", "--clips", "none", "--out", "votes.parquet"),
    ),
}
"""By record: the commands that read it."""
OPTIONS: tuple[tuple[str, ...], ...] = (
    (),
    ("unknown",),
    ("build", "--unknown"),
    ("build", "--conditions", "unknown"),
    ("build", "--splits", "unknown"),
    ("build", "--limit", "0"),
    ("build", "--size", "7"),
    ("build", "--seconds", "-1"),
    ("build", "--source", "missing"),
    ("build", "--plan", "missing"),
    ("build", "--out", "runs"),
    ("build", "--out", "built", "--seed", "1"),
    ("eval", "--data", "missing"),
    ("eval", "--data", "built", "--split", "unknown"),
    ("eval", "--data", "built", "--split", "validation"),
    ("eval", "--data", "built", "--conditions", "unknown"),
    ("eval", "--data", "built", "--prompts", "unknown"),
    ("eval", "--data", "built", "--variants", "unknown"),
    ("eval", "--data", "built", "--limit", "0"),
    ("eval", "--data", "built", "--shard", "3/2"),
    ("eval", "--data", "built", "--shard", "x"),
    ("eval", "--data", "built", "--model", "constant:Unknown", "--out", "unknown"),
    ("eval", "--data", "built", "--model", "missing.py:Model"),
    ("eval", "--data", "built", "--model", "predictions:missing.jsonl"),
    ("eval", "--data", "built", "--model", "openai:model"),
    ("eval", "--data", "built", "--model", "constant:Bird", "--fps", "2", "--out", "fps"),
    ("eval", "--data", "built", "--model", "random", "--out", "runs/constant"),
    ("eval", "--data", "built", "--adapter", "missing"),
    ("attention", "--data", "missing"),
    ("score", "missing"),
    ("score", "runs/constant", "--out", "there"),
    ("score", "runs/constant", "runs/tiny-omni"),
    ("score", "runs/constant", "runs/tiny-omni", "--out", "merged"),
    ("report", "missing"),
    ("report", "built"),
    ("report", "runs/constant", "--compare", "a", "b"),
    ("leaderboard", "missing", "--data", "built"),
    ("leaderboard", "runs/constant", "--data", "missing"),
    ("leaderboard", "runs/tiny-omni", "--data", "built", "--strict"),
    ("export", "mp4", "--data", "missing", "--out", "there"),
    ("export", "mp4", "--data", "built", "--out", "runs"),
    ("export", "mp4", "--data", "built", "--out", "exported"),
    ("export", "llamafactory", "--data", "built", "--out", "exported"),
    ("inspect", "missing", "--data", "built"),
    ("check", "--source", "missing"),
    ("review", "missing", "--annotator", "a"),
    ("review", "verification/checks.parquet", "--annotator", "a/b"),
    ("consensus", "missing", "missing"),
    ("consensus", "verification/ann.parquet", "verification/ann.parquet"),
    ("fetch", "missing"),
    ("import", "missing"),
    ("import", "built/build.json"),
    ("curate", "--ontology", "built/build.json", "--segments", "missing"),
    ("train", "missing"),
    ("train", "tiny_omni", "--data", "built", "--set", "lora.rank=x"),
    ("train", "tiny_omni", "--data", "built", "--set", "unknown.key=1"),
    ("train", "tiny_omni", "--data", "built"),
    ("adapter-card", "missing", "--base", "runs/tiny-omni", "--tuned", "runs/tuned"),
    ("adapter-card", "adapter", "--base", "runs/tuned", "--tuned", "runs/tiny-omni"),
    ("push", "dataset", "missing", "--to", "org/mma-bench", "--dry-run"),
    ("push", "dataset", "built", "--to", "name", "--dry-run"),
    ("push", "metric", "--to", "org/other", "--dry-run"),
    ("push", "adapter", "missing", "--to", "org/adapter", "--dry-run"),
    ("push", "space", "missing", "--to", "org/space", "--dry-run"),
    ("space-folder", "built"),
    ("space-folder", "page", "--model", "missing/model", "--hardware", "unknown"),
    ("release", "--project", "built", "--data", "built"),
)
"""Commands that are refused, or of which it was once doubted."""


def run_refusals(place: Workplace, kept_files: Path) -> None:
    """Run each refusal in a copy of the files of 0.1.0, and record its exit status."""
    cases = list(_cases())
    with ThreadPoolExecutor(2) as pool:
        for name, command, done in pool.map(lambda case: _refused(place, kept_files, *case), cases):
            place.keep_result(name, command, done)


def _cases() -> Iterator[tuple[str, tuple[str, ...], str | None, bytes]]:
    for number, command in enumerate(OPTIONS):
        yield f"options {number:02} {' '.join(command[:1])}", command, None, b""
    for file, commands in READERS.items():
        for damage, content in DAMAGES.items():
            for number, command in enumerate(commands):
                yield f"{file.replace('/', ' ')}, {damage}, {number} {command[0]}", command, file, content


def _refused(place: Workplace, kept_files: Path, name: str, command: tuple[str, ...], file: str | None, content: bytes):  # type: ignore[no-untyped-def]
    folder = place.work / "refusals" / name
    shutil.copytree(kept_files, folder)
    if file is not None:
        (folder / file).write_bytes(content)
    return name, command, place.call(*command, folder=folder)
