"""The Space: choose a clip, put its sight, sound and text in conflict, and see whom a model follows."""
