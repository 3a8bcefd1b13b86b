"""Fetch the clips of a manifest: download, cut, and account for every loss."""
