"""Public alias of `mma_bench.benchmark.prompts`: the benchmark's questions."""

from mma_bench.benchmark.prompts import PROMPTS, VARIANTS, Prompt, Variant, as_variant, question

__all__ = ["PROMPTS", "VARIANTS", "Prompt", "Variant", "as_variant", "question"]
