"""Curate AudioSet's segment lists, import published lists, and download the clips."""
