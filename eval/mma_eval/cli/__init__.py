"""Commands of the evaluation, and what they print."""
