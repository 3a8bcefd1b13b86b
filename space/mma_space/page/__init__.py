"""Lay out the page, and publish endpoints that do the same without a browser."""
