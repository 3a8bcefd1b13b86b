"""Sounds of the drawn classes: pure functions that turn a score into samples."""
