"""Probe, cut and standardise clips, swap or remove their audio, black out their frames, and decode them for models.

Packets are copied if their codec is in `COPIED_VIDEO` or `COPIED_AUDIO`, which mp4 can carry and browsers can play.
Other codecs, cuts, and the video of training clips in another format are re-encoded.
"""

MAX_SECONDS = 600
"""Longest clip to read, in seconds; bounds memory. Benchmark clips last 10 s."""
