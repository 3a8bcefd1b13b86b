"""The leaderboard: submitted runs, verified against the dataset and ranked, beside what the paper reports."""
