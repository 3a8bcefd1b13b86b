"""Models that can be evaluated, one file per family."""
