"""Curate AudioSet's lists into a manifest of clips with one visible and audible class (paper, appendix A)."""
