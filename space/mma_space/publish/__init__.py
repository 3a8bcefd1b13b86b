"""Publish: the folder of a Space, and a release of everything."""
