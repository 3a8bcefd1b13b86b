"""Render the texts of the review page as HTML."""

import shlex
from collections.abc import Sequence
from html import escape
from pathlib import Path

from mma_bench.manifest.clips import ManifestClip
from mma_bench.verification.session import ReviewProgress
from mma_bench.verification.votes import Verdict

_LEGEND = (
    ("p", "pass"),
    ("f", "fail"),
    ("1 2 3", "mark what is wrong"),
    ("n", "note"),
    ("Esc", "leave the note"),
    ("u", "undo"),
    ("space", "play, pause"),
    ("r", "from the start"),
)
"""Keys and their actions, which keys.js implements."""


PLAYER = (
    '<div id="player"><video controls loop playsinline preload="auto" aria-label="The clip"></video>'
    '<p class="mma-start" hidden>Press <kbd>space</kbd> or the clip to play</p></div>'
)
"""The video element, which stays in the page while its source changes (keys.js)."""


def progress_html(progress: ReviewProgress) -> str:
    """Render the review progress as a bar with a text summary."""
    said = f"{progress.decided:,} of {progress.total:,} decided"
    shares = [100 * n / max(progress.total, 1) for n in (progress.passed, progress.failed)]
    aside = f" · {progress.set_aside:,} cannot be played" if progress.set_aside else ""
    return (
        f'<div class="mma-bar" role="progressbar" aria-label="Progress" aria-valuemin="0" '
        f'aria-valuemax="{progress.total}" aria-valuenow="{progress.decided}" aria-valuetext="{said}">'
        f'<span class="mma-passed" style="width:{shares[0]:.2f}%"></span>'
        f'<span class="mma-failed" style="width:{shares[1]:.2f}%"></span></div>'
        f'<p class="mma-counts"><b>{said}</b> · {progress.passed:,} passed · {progress.failed:,} failed{aside}</p>'
    )


def class_html(clip: ManifestClip, source: str) -> str:
    """Render the question about the clip's class, with the clip's URL for the player (keys.js)."""
    return (
        '<p class="mma-asked">Does it show, and sound like</p>'
        f'<h1 class="mma-class" data-source="{escape(source)}">{escape(clip.class_name.replace("_", " "))}</h1>'
    )


def legend_html() -> str:
    """Render the list of keys."""
    items = ""
    for keys, meaning in _LEGEND:
        items += f"<li>{' '.join(f'<kbd>{key}</kbd>' for key in keys.split())} {meaning}</li>"
    return f'<ul class="mma-legend" aria-label="Keys">{items}</ul>'


def notice_html(sentence: str, *, refused: bool = False) -> str:
    """Render the outcome of the annotator's last action."""
    return f'<p class="{"mma-refused" if refused else "mma-said"}">{escape(sentence)}</p>' if sentence else ""


def decided_sentence(class_name: str, verdict: Verdict) -> str:
    """Describe the last decision.

    >>> decided_sentence("Frying_food", "pass")
    'Passed: Frying food. Undo takes it back.'
    """
    return f"{'Passed' if verdict == 'pass' else 'Failed'}: {class_name.replace('_', ' ')}. Undo takes it back."


def done_html(progress: ReviewProgress, votes: Path, aside: Sequence[ManifestClip]) -> str:
    """Render the final message of a review: the counts and the next command."""
    next_ = shlex.join(("mma-bench", "consensus", votes.name, "OTHER.parquet", "--out", "verified.parquet"))
    rest = ""
    if aside:
        named = ", ".join(escape(clip.file) for clip in aside[:5]) + (" ..." if len(aside) > 5 else "")
        missing = "One clip is" if len(aside) == 1 else f"{len(aside):,} clips are"
        rest = (
            f"<p><b>{missing} undecided</b>, for there is no file that plays: {named}. Bring them with "
            "<code>mma-bench fetch</code>, or use another browser; then the same command asks about them.</p>"
        )
    return (
        f'<div class="mma-done"><h1>{"Done" if not aside else "Nothing left to play"}</h1>'
        f"<p>{progress.decided:,} of {progress.total:,} clips are decided: {progress.passed:,} passed, "
        f"{progress.failed:,} failed.</p>{rest}"
        f"<p>Your votes are in <code>{escape(str(votes.resolve()))}</code>: hand that file over. When the other "
        "annotator is done too:</p>"
        f"<pre>{escape(next_)}</pre>"
        "<p>You may close this page, and end the command with Ctrl-C.</p></div>"
    )
