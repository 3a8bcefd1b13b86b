"""The colours of all pictures: one meaning has one colour, on every page.

Each stands out from white and from the dark page by about three to one or more, and is told apart from those beside
it also by people who do not see red and green apart.
"""

from __future__ import annotations

from collections.abc import Mapping

_PICTURE, _SOUND, _GREY = "#c24b00", "#0067a3", "#8a8f99"
MODALITY_COLOURS: Mapping[str, str] = {"video": _PICTURE, "audio": _SOUND, "text": _GREY}
CURVE_COLOURS: Mapping[tuple[str, str], str] = {
    ("base", "aligned"): "#8463c4", ("base", "misaligned"): "#c870b4",
    ("tuned", "aligned"): "#00866a", ("tuned", "misaligned"): "#7f9a1c",
}  # fmt: skip
"""Of a run in a condition: violet or green, which its band needs too; dashes tell the conditions apart besides."""
OUTCOME_COLOURS: Mapping[str, str] = {
    "grounded": "#00755a",
    "other_modality": "#c24b00",
    "caption": "#7d3c98",
    "abstained": "#0067a3",
    "other_class": "#8a6d00",
    "off_list": "#626c7a",
    "error": "#9b1c31",
    "both": "#00755a",
    "follows_video": _PICTURE,
    "follows_audio": _SOUND,
    "follows_caption": "#7d3c98",
    "abstains_both": "#4b5d8a",
    "other": "#626c7a",
}
"""Of an answer, and of the two answers about a clip; dark enough for white words."""
