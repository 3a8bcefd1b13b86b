"""Scenes of the synthetic classes: pure functions that draw one frame of a score."""
