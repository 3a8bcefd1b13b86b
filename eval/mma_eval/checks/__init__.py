"""Check whether each clip's class is visible and audible, with a model as judge (paper, appendix B.1)."""
