"""Ask questions as the benchmark asks them: the public name of `mma_bench.benchmark.prompts`."""

from mma_bench.benchmark.prompts import PROMPTS, VARIANTS, Prompt, Variant, as_variant, question

__all__ = ["PROMPTS", "VARIANTS", "Prompt", "Variant", "as_variant", "question"]
