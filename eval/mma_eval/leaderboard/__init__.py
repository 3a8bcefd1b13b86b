"""The leaderboard: submitted runs, checked against the dataset and ranked, beside what the paper reports."""
