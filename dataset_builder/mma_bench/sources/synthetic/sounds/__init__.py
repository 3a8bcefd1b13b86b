"""Synthesise the audio of each synthetic class from the timed events of a clip."""
