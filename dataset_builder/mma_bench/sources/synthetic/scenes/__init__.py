"""Scenes of the drawn classes: pure functions that draw one moment of a score."""
