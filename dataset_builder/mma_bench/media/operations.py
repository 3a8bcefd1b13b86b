"""Swap, silence or leave out the audio of a clip, or black out its frames; every result is an mp4."""

from mma_bench.core.errors import ClipError
from mma_bench.media.blank import black, fit_audio, silence
from mma_bench.media.container import Source, reading
from mma_bench.media.probe import decode_key_frames, probe
from mma_bench.media.standardise import read_standard
from mma_bench.media.tracks import Recording, Track, mux_mp4


def swap_sound(picture_of: Source, sound_of: Source) -> bytes:
    """Combine the video of one clip with the audio of another, which need not have video.

    Packets are copied where possible; the audio is trimmed or padded with silence to the length of the video.

    Raises:
        ClipError: a clip cannot be read or is truncated, the first has no video, the second no audio, or the result
            cannot be read.
    """
    with read_standard(picture_of, "video") as own, read_standard(sound_of, "audio") as donor:
        if donor.audio is None:
            raise ClipError(donor.name, "no_sound", "has no audio to combine with the video; choose another donor")
        video = own.require_video()
        with reading(own.name):
            return _copied(video, fit_audio(donor.audio, video.end))


def remove_sound(source: Source) -> bytes:
    """Replace the audio with digital silence of the same length ("ears shut", section 4.1.1).

    Raises:
        ClipError: the clip cannot be read or is truncated, has no video, or the result cannot be read.
    """
    with read_standard(source) as recording, reading(recording.name):
        return _copied(recording.require_video(), silence_like(recording))


def without_sound(source: Source) -> bytes:
    """Copy the video of a clip into an mp4 that has no audio at all.

    Raises:
        ClipError: the clip cannot be read or is truncated, or has no video.
    """
    with read_standard(source, "video") as recording, reading(recording.name):
        return mux_mp4(recording.require_video())


def zero_frames(source: Source) -> bytes:
    """Replace every frame with a black frame of the same timestamp and size ("eyes closed", section 4.1.1).

    Raises:
        ClipError: the clip cannot be read or is truncated, or has no video.
    """
    with read_standard(source) as recording, reading(recording.name):
        video = black(recording.require_video())
        return mux_mp4(video, recording.audio) if recording.audio else mux_mp4(video)


def silence_like(recording: Recording) -> Track:
    """Generate silence as long as the recording's audio, or as its video where no audio is played."""
    audio = recording.audio
    if audio is None or audio.end <= 0 or not audio.stream.channels:
        return silence(recording.require_video().end)
    return silence(audio.end, rate=audio.stream.rate, layout=audio.stream.layout.name)


def _copied(video: Track, audio: Track) -> bytes:
    """Mux video whose packets are copied from a clip that may be damaged; verify that the result can be read.

    The packets of a copy read as they were written, unless it needs an edit list; then it is read again.
    """
    decode_key_frames(video)
    mp4 = mux_mp4(video, audio)
    if not video.needs_no_edit_list:
        probe(mp4)
    return mp4
