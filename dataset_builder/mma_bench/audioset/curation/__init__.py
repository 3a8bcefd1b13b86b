"""Curate AudioSet's lists into a manifest of clips with exactly one visible and audible class (paper, appendix A)."""
