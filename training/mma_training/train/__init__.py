"""A training: the loop, its loss, its checkpoints."""
