"""Manifests: files that list the clips of a benchmark, with the funnel that selected them."""
