"""Manifests: which clips a benchmark is made of, as a file, and the funnel that chose them."""
