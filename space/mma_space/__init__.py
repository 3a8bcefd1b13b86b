"""Serve a page where visitors put a clip's picture, sound and text in conflict and see which one a model follows."""
