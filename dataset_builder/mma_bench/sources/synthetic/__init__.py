"""Synthetic clips that need no downloads: drawn scenes and synthesised sounds for twelve of the benchmark's classes."""
