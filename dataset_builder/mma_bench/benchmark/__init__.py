"""Pure data and functions: conditions, prompts, splits, pairing, the plan of rows, the columns."""
