"""Clips that need nothing: drawn scenes in motion and synthesised sounds, for twelve of the benchmark's classes."""
