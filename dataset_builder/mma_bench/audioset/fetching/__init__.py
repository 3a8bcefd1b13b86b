"""Fetch the clips of a manifest: download and cut them, and record a reason for each lost clip."""
