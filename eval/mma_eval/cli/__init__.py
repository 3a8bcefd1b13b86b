"""Evaluation commands and their output."""
