"""The Space: put a clip's sight, sound and text in conflict, and see which of them a model follows."""
