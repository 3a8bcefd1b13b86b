"""Swap the audio, remove the audio, or black out the frames of a clip; every result is an mp4."""

from mma_bench.core.errors import ClipError
from mma_bench.media.blank import black, fit_audio, silence
from mma_bench.media.container import Source, reading
from mma_bench.media.probe import probe
from mma_bench.media.standardise import read_standard
from mma_bench.media.tracks import Recording, Track, mux_mp4


def swap_sound(picture_of: Source, sound_of: Source) -> bytes:
    """Combine the video of one clip with the audio of another.

    Packets are copied where possible; the audio is trimmed or padded with silence to the length of the video.

    Raises:
        ClipError: a clip cannot be read, the first has no video, or the second has no audio.
    """
    probe(picture_of)
    with read_standard(picture_of, "video") as own, read_standard(sound_of, "audio") as donor:
        if donor.audio is None:
            raise ClipError(donor.name, "no_sound", "has no audio to combine with the video; choose another donor")
        video = own.require_video()
        with reading(own.name):
            return mux_mp4(video, fit_audio(donor.audio, video.end))


def remove_sound(source: Source) -> bytes:
    """Replace the audio with digital silence of the same length ("ears shut", section 4.1.1).

    Raises:
        ClipError: the clip cannot be read, or has no video.
    """
    probe(source)
    with read_standard(source) as recording, reading(recording.name):
        return mux_mp4(recording.require_video(), silence_like(recording))


def zero_frames(source: Source) -> bytes:
    """Replace every frame with a black frame of the same timestamp and size ("eyes closed", section 4.1.1)."""
    with read_standard(source) as recording, reading(recording.name):
        video = black(recording.require_video())
        return mux_mp4(video, recording.audio) if recording.audio else mux_mp4(video)


def silence_like(recording: Recording) -> Track:
    """Generate silence as long as the recording's audio, or as its video if it has no audio."""
    audio = recording.audio
    if audio is None:
        return silence(recording.require_video().end)
    return silence(audio.end, rate=audio.stream.rate, layout=audio.stream.layout.name)
