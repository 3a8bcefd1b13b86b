"""Scores: from predictions to rates, intervals and comparisons."""
