"""Lay out the page, and publish API endpoints for its functions."""
