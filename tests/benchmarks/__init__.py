"""Ratios against named peers, measured side by side in one run: `python -m tests.benchmarks` (or `make bench`)."""
