"""Prepare the training data: rows, encoder features, token sequences."""
