"""A model as judge of clips: does a clip show and play what its class says (appendix B.1)."""
