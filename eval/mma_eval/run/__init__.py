"""A run: select questions, ask them, write the answers down, continue, merge."""
