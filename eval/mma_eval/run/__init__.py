"""Evaluation runs: select questions, ask them, record the answers, resume and merge."""
