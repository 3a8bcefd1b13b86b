"""Convert clips to the formats of rows: mp4 with codecs that can be copied, and for training one size and length."""

from dataclasses import replace
from fractions import Fraction
from typing import Literal

from mma_bench.core.errors import ClipError
from mma_bench.media.blank import MOST_CHANNELS, fit_audio, silence
from mma_bench.media.container import Source, name_of, reading
from mma_bench.media.demux import Want, read_recording
from mma_bench.media.encode import Square, encode_audio, encode_video
from mma_bench.media.orientation import orientation_of
from mma_bench.media.probe import properties_of, require_complete
from mma_bench.media.tracks import Recording, Track, mux_mp4

COPIED_VIDEO = frozenset({"h264", "vp9", "av1"})
COPIED_AUDIO = frozenset({"aac", "mp3", "opus", "flac"})
"""Audio codecs that mp4 can carry and browsers can play; packets in other codecs are re-encoded to AAC."""

TRAINING = Square(504, Fraction(10))
"""Format of a training clip (paper, section 5.1 and appendix C)."""


def standardise(source: Source, square: Square = TRAINING) -> bytes:
    """Convert a clip to an mp4 of `square.size` x `square.size` pixels that lasts `square.seconds`.

    The video is scaled and centre-cropped, or copied if it already has this format. The audio is copied where possible,
    then trimmed or padded with silence; it may be one packet too long.

    Raises:
        ClipError: `probe` refuses the clip, or it is shorter than `square.seconds` by a frame or more (paper, appendix
            C).
    """
    name = name_of(source)
    with reading(name), read_recording(source) as recording:
        video = recording.require_video()
        properties_of(recording)
        if video.end < square.seconds and square.seconds - video.end >= video.last_duration:
            found = f"{float(video.end):.2f} s of picture where a training clip needs {float(square.seconds):g} s"
            raise ClipError(name, "too_short", f"{found}; leave it out, or put it into the test split")
        if not _has_format(video, square):
            video = encode_video(video, square)
        audio = recording.audio and _copied_or_encoded(recording.audio)
        if audio and audio.end < square.seconds:
            audio = _without_adts(audio)
        return mux_mp4(video, fit_audio(audio, square.seconds) if audio else silence(square.seconds))


def as_standard(source: Source) -> Source:
    """Return the source unchanged if rows can copy its packets, otherwise the bytes of a converted mp4.

    Raises:
        ClipError: the clip is unreadable or truncated, or has no video.
    """
    with read_recording(source) as recording, reading(recording.name):
        require_complete(recording)
        if _is_standard(recording):
            return source
    return to_mp4(source)


def read_standard(source: Source, want: Literal["both", "video", "audio"] = "both") -> Recording:
    """Read the wanted streams of a clip, converted to an mp4 first if rows cannot copy their packets.

    For "video", the audio is read too and its length verified, but it is never converted.

    Raises:
        ClipError: the clip is unreadable or truncated, or has no video although `want` requires it.
    """
    recording = read_recording(source, "both" if want == "video" else want)
    try:
        with reading(recording.name):
            require_complete(recording)
            recording = replace(recording, audio=None) if want == "video" else recording
            if _is_standard(recording):
                return recording
            if want == "audio":
                with read_recording(source, "any") as whole:  # a length may be declared for all streams together
                    require_complete(whole)
                return _standard_audio(recording, recording.audio) if recording.audio else recording
    except BaseException:
        recording.container.close()
        raise
    recording.container.close()
    return read_recording(to_mp4(source, want), want, name=recording.name)


def _standard_audio(recording: Recording, audio: Track) -> Recording:
    """Return a recording of the audio alone, as read from an mp4, at the same time in the clip."""
    start = audio.start
    with recording:
        converted = read_recording(mux_mp4(_copied_or_encoded(audio)), "audio", name=recording.name)
    converted.require_audio().delayed(start)
    return converted


def _is_standard(recording: Recording) -> bool:
    return (
        recording.container.format.name.startswith("mov")
        and (recording.video is None or _can_be_copied(recording.video))
        and (recording.audio is None or _can_be_heard(recording.audio))
    )


def _can_be_copied(video: Track) -> bool:
    return video.codec in COPIED_VIDEO and not video.hides_frames


def _can_be_heard(audio: Track) -> bool:
    few = audio.stream.channels <= MOST_CHANNELS
    return audio.codec in COPIED_AUDIO and few and not audio.changes_format


def _has_format(video: Track, square: Square) -> bool:
    context = video.stream.codec_context
    return (
        video.codec == "h264"
        and (context.width, context.height) == (square.size, square.size)
        and (video.start, video.end) == (Fraction(0), square.seconds)
        and (context.sample_aspect_ratio or 1) == 1
        and context.pix_fmt == "yuv420p"
        and not orientation_of(video.first_frame()).filters
    )


def to_mp4(source: Source, want: Want = "both") -> bytes:
    """Convert the wanted streams of a clip to an mp4 that browsers can play, copying packets where their codec allows.

    Raises:
        ClipError: `probe` refuses the clip, or it has no video although `want` requires it.
    """
    with reading(name_of(source)), read_recording(source, want) as recording:
        if video := recording.video:
            properties_of(recording)
        if video and not _can_be_copied(video):
            video = encode_video(video).delayed(video.start)
        audio = recording.audio and _copied_or_encoded(recording.audio)
        return mux_mp4(*(track for track in (video, audio) if track))


def _copied_or_encoded(audio: Track) -> Track:
    return audio if _can_be_heard(audio) else encode_audio(audio).delayed(audio.start)


def _without_adts(audio: Track) -> Track:
    """Remove the headers that AAC packets have in transport streams, which silent packets lack."""
    if audio.codec != "aac" or audio.stream.codec_context.extradata:
        return audio
    return read_recording(mux_mp4(audio), "audio").require_audio().delayed(audio.start)
