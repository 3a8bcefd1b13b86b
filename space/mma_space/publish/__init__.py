"""Publish a Space, and release a version."""
