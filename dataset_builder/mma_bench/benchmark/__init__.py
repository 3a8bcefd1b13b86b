"""Definition of the benchmark, free of I/O: conditions, prompts, splits, pairing, row plan and schema."""
