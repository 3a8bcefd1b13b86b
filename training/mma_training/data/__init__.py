"""Tuning data: rows, encoded clips, sequences."""
