"""A model as judge of clips: do they show and play what their class says (appendix B.1)."""
