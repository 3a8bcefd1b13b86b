"""Check with a model as judge whether each clip shows and plays its class (paper, appendix B.1)."""
