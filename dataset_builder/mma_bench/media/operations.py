"""Swap the sound, remove the sound, zero the frames: clip in, mp4 out."""

from __future__ import annotations

from mma_bench.core.errors import ClipError
from mma_bench.media.blank import black, fit_sound, silence
from mma_bench.media.container import Source, reading
from mma_bench.media.demux import Want, read_recording
from mma_bench.media.mux import is_standard, mux_mp4
from mma_bench.media.standardise import to_mp4
from mma_bench.media.tracks import Recording, Track, require_picture


def swap_sound(picture_of: Source, sound_of: Source) -> bytes:
    """The picture of one clip with the sound of another, as an mp4.

    Both are copied packet for packet; the sound is cut, or continued with silence, to the picture's length.

    Raises:
        ClipError: either cannot be read, the first has no picture or the second no sound.
    """
    with _standard_recording(picture_of, "picture") as own, _standard_recording(sound_of, "sound") as donor:
        if donor.sound is None:
            raise ClipError(donor.name, "no_sound", "holds no sound to lend; choose another donor")
        picture = require_picture(own)
        with reading(own.name):
            return mux_mp4(picture, fit_sound(donor.sound, picture.end))


def remove_sound(source: Source) -> bytes:
    """The clip with digital silence of the same length in place of its sound ("ears shut", section 4.1.1)."""
    with _standard_recording(source) as recording, reading(recording.name):
        return mux_mp4(require_picture(recording), silence_like(recording))


def zero_frames(source: Source) -> bytes:
    """The clip with every frame black, at the same times and of the same size ("eyes closed", section 4.1.1)."""
    with _standard_recording(source) as recording, reading(recording.name):
        picture = black(require_picture(recording))
        return mux_mp4(picture, recording.sound) if recording.sound else mux_mp4(picture)


def silence_like(recording: Recording) -> Track:
    """Silence as long as the recording's sound, or as its picture where it has none."""
    sound = recording.sound
    if sound is None:
        return silence(require_picture(recording).end)
    return silence(sound.end, rate=sound.stream.rate, layout=sound.stream.layout.name)


def _standard_recording(source: Source, want: Want = "both") -> Recording:
    recording = read_recording(source, want)
    if is_standard(recording):
        return recording
    recording.container.close()
    return read_recording(to_mp4(source), want, name=recording.name)
