"""How contact sheets look: sizes in pixels, colours, in one place."""

from __future__ import annotations

DPI = 160
"""Pixels per inch; a page is 10 inches wide."""

WIDTH = 1600
MARGIN = 36
"""Around the page."""
GAP = 18
"""Between cards."""
PADDING = 22
"""Inside a card."""
BAR = 8
"""The coloured edge of a card."""

LABELS = 286
"""Width of the column that says what is seen, heard and read."""
SCALE = 46
"""Between that column and the media, for the scale of the spectrogram."""

FRAMES = 8
FRAME_GAP = 4
"""Between frames, where they fill the strip."""
FRAME_HEIGHTS = (84, 190)
"""Least and greatest height of a frame, whatever its shape."""
WAVEFORM = 44
SPECTROGRAM = 72

FONTS = ("DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans", "Arial Unicode MS", "Microsoft YaHei")
"""The first comes with matplotlib; the others, where they are there, have the letters that it lacks."""

PAPER = "#eef0f3"
CARD = "#ffffff"
EDGE = "#d9dde3"
TEXT = "#1c2430"
FAINT = "#626c7a"
SOUND = "#46505f"
"""The waveform, where a condition leaves the sound as it was."""

# Told apart also by people who do not see red and green apart (after P. Tol's "muted" and Okabe and Ito), and dark
# enough to be read as text on white: a contrast of at least 4.5 to 1.
ACCENTS = {
    "aligned": "#0067a3",
    "misaligned": "#c24b00",
    "frames_zeroed": "#332288",
    "audio_removed": "#00755a",
    "misleading_caption": "#a3246f",
    "long_context": "#786400",
}
OTHER_ACCENT = "#46505f"
"""Of a plain file, and of a condition that is not in the table above."""
