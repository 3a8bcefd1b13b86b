"""Lay out the page, and publish its functions as API endpoints."""
