"""Release the wheel and the four published folders of one version."""
