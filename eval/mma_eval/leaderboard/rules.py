"""What a submission must be: the board's rules, as data."""

from __future__ import annotations

from collections.abc import Mapping

from mma_bench.benchmark.conditions import Split
from mma_bench.benchmark.prompts import Variant

SPLIT: Split = "test"
VARIANT: Variant = "plain"
SEED = 0
"""Only answers to questions asked so count; a run may hold others besides."""
REQUIRED_CONDITIONS = ("aligned", "misaligned")
"""Without these a run is no entry; the others are shown where they were asked."""
SCORE_CONDITION = "misaligned"
"""The main score is the mean accuracy of its visual and its audio question."""
MAX_ERROR_SHARE = 0.01
"""So many of the questions that count may have no answer since something failed. They count as wrong.

An empty answer is the model's own, and asking again would not change it: wrong too, but not among these."""
LONGEST = 2_000
"""Characters of a value that is published, such as a system prompt."""
GREEDY = ("greedy", "temperature 0, seed 0")
"""Decodings that are the benchmark's own."""

SCORE = (
    "mean accuracy of the visual and the audio question under misaligned, an answer that failed counted as wrong (ALL)"
)

MARKS: Mapping[str, str] = {
    "answers only": "made elsewhere and handed in as a file of answers: what made them cannot be repeated from the run",
    "own code": "a class of the submitter's own; the SHA-256 of its file is published, the code is not here",
    "server": "asked through a server; which weights it holds nobody outside can tell",
    "baseline": "answers without looking or listening",
    "sound unknown": "nothing tells whether the sound reached the model",
    "system prompt": "asked with a system prompt, which is published",
    "not greedy": "decoded otherwise than greedily",
}
"""What readers must know of an entry that is not like the others."""
