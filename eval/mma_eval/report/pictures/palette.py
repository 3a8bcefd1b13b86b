"""Define the colours of all pictures: each meaning has the same colour on every page.

Each has a contrast of about 3:1 or more against white and against the dark page, and adjacent colours stay
distinguishable with red-green colour blindness.
"""

from collections.abc import Mapping

_VIDEO, _AUDIO, _TEXT = "#c24b00", "#0067a3", "#8a8f99"
MODALITY_COLOURS: Mapping[str, str] = {"video": _VIDEO, "audio": _AUDIO, "text": _TEXT}
CURVE_COLOURS: Mapping[tuple[str, str], str] = {
    ("base", "aligned"): "#8463c4", ("base", "misaligned"): "#c870b4",
    ("tuned", "aligned"): "#00866a", ("tuned", "misaligned"): "#7f9a1c",
}  # fmt: skip
"""Curve colours by run and condition: violets for base, greens for tuned runs; dashes also mark the condition."""
OUTCOME_COLOURS: Mapping[str, str] = {
    "grounded": "#00755a",
    "other_modality": "#c24b00",
    "caption": "#7d3c98",
    "abstained": "#0067a3",
    "other_class": "#8a6d00",
    "off_list": "#626c7a",
    "error": "#9b1c31",
    "both": "#00755a",
    "follows_video": _VIDEO,
    "follows_audio": _AUDIO,
    "follows_caption": "#7d3c98",
    "abstains_both": "#4b5d8a",
    "other": "#626c7a",
}
"""Colours by outcome of one answer, or of both answers about a row; all are dark enough for white text."""
CONFUSION_COLOURS: Mapping[str, str] = {
    "right": OUTCOME_COLOURS["grounded"], "wrong": OUTCOME_COLOURS["other_class"], "none": OUTCOME_COLOURS["off_list"],
}  # fmt: skip
"""Colours of a confusion matrix: the diagonal, all other cells, and answers that name no class."""
SIGNED_MAP = "PuOr_r"
"""Matplotlib colour map for signed values: violet below 0, orange above, safe for red-green colour blindness."""
SHARE_MAP = "cividis"
"""Matplotlib colour map for values from 0 to 1."""
