"""Probe, cut and standardise clips, swap or remove their audio, black out their frames, and decode them for models.

Packets are copied if their codec is in `COPIED_VIDEO` or `COPIED_AUDIO`, which mp4 can carry and browsers can play.
Other codecs, cuts, and training videos that lack the training format are re-encoded.
"""

MAX_SECONDS = 600
"""Maximum length of a clip in seconds, which bounds the memory used. Benchmark clips last 10 s."""

MEDIA_CODE = 2
"""Version of this package's code, increased whenever it makes other bytes of the same clip.

2: edit lists, orientations, colours, lost packets and default streams as players show and play them.
"""
