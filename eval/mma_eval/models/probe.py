"""Whether sound reaches a model that does not tell how many tokens of it it took in."""

from __future__ import annotations

from mma_eval.model import SoundProbe


def compare(with_sound: int | None, without_sound: int | None) -> SoundProbe:
    """What two counts of input tokens say.

    >>> compare(900, 650).arrives, compare(650, 650).arrives, compare(None, None).arrives
    (True, False, None)
    """
    if with_sound is None or without_sound is None:
        return SoundProbe(None, with_sound, without_sound, "the server counts no tokens, so this cannot be told")
    if with_sound > without_sound:
        note = f"{with_sound - without_sound} more input tokens with the sound than without"
        return SoundProbe(True, with_sound, without_sound, note)
    note = "the sound adds no input tokens: the server drops it. Does this model take audio, and is it enabled there?"
    return SoundProbe(False, with_sound, without_sound, note)
