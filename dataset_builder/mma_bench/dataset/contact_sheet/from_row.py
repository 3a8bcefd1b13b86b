"""A panel from a row of the dataset."""

from __future__ import annotations

from mma_bench.benchmark.conditions import CONDITIONS, Condition
from mma_bench.benchmark.schema import Row
from mma_bench.dataset.contact_sheet.media import read_media
from mma_bench.dataset.contact_sheet.panel import Block, Panel
from mma_bench.dataset.contact_sheet.questions import added_words, question_runs
from mma_bench.dataset.contact_sheet.theme import ACCENTS, OTHER_ACCENT


def panel_of_row(row: Row, split: str, *, alike: int = 1) -> Panel:
    """The panel of a row.

    Args:
        row: the row, with its media.
        split: where it is from.
        alike: how many rows of this condition the clip has (a training clip has one per donor).

    Raises:
        ClipError: its mp4 cannot be read.
    """
    condition = CONDITIONS[row.condition]
    media = read_media(row.video)
    many = f" · the first of {alike} such rows" if alike > 1 else ""
    return Panel(
        heading=row.condition,
        meaning=condition.meaning,
        tag=f"{row.id} · {split}{many}",
        accent=ACCENTS.get(row.condition, OTHER_ACCENT),
        picture=_picture(row, condition),
        sound=_sound(row, condition),
        text=_text(row, condition),
        lines=(
            ("visual", question_runs(row.visual_question)),
            ("audio", question_runs(row.audio_question)),
        ),
        frames=media.frames,
        picture_seconds=media.picture_seconds,
        samples=media.samples,
    )


def _picture(row: Row, condition: Condition) -> Block:
    if row.visual_present:
        return Block("shows", row.visual_class)
    return Block("shows", "nothing", f"no {row.visual_class} to be seen", changed=condition.video != "own")


def _sound(row: Row, condition: Condition) -> Block:
    changed = condition.audio != "own"
    if not row.audio_present:
        return Block("sounds like", "nothing", f"no {row.audio_class} to be heard", changed)
    return Block("sounds like", row.audio_class, f"from {row.donor_id}" if row.donor_id else "", changed)


def _text(row: Row, condition: Condition) -> Block:
    if row.caption_class is not None:
        return Block("reads", row.caption_class, "a false caption", changed=True)
    if condition.text == "long_context":
        return Block("reads", "noise", f"{added_words(row.visual_question):,} random tokens", changed=True)
    return Block("reads", "the question")
