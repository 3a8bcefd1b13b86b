"""Mutated recordings, put through everything that reads media."""
