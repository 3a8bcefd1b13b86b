"""Prepare the training data: select rows, cache encoder features and build token sequences."""
