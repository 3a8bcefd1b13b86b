"""Clips: the gallery, uploads, and what is done to them."""
