"""Rank submitted runs, verified against their datasets, on a leaderboard beside the paper's results."""
