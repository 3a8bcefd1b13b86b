"""Sounds of the synthetic classes: pure functions that synthesise samples from a score."""
