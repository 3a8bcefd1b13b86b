"""The benchmark as data and pure functions: conditions, prompts, splits, pairing, the plan and the columns."""
