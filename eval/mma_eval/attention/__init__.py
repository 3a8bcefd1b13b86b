"""Measure attention by modality, and the layer at which a conflict is decided (paper, sections 4.2 and 5.2.1)."""
