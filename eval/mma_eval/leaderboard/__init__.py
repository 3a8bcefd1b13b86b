"""Leaderboard of submitted runs, verified against their datasets and ranked, beside the paper's results."""
