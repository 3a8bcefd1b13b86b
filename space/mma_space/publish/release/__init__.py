"""A release: the wheel and the four folders that are published, of one version."""
