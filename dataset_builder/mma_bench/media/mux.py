"""Write packets into an mp4."""

import io

import av

from mma_bench.media.tracks import Recording, Track

COPIED_VIDEO = frozenset({"h264", "vp9", "av1"})
COPIED_AUDIO = frozenset({"aac", "mp3", "opus", "flac"})
"""Codecs that mp4 can carry and browsers can play; all others are re-encoded to H.264 and AAC."""

# Codec by decoder name, where the two differ.
_CANONICAL = {"libdav1d": "av1", "mp3float": "mp3", "libopus": "opus"}


_MUXER_OPTIONS = {
    "fflags": "+bitexact",  # otherwise the muxer writes its version into the file
    "movie_timescale": "90000",  # edit lists would otherwise be rounded to milliseconds
}


def codec_of(track: Track) -> str:
    """Return the canonical name of a track's codec, whichever decoder reads it."""
    name: str = track.stream.codec_context.name
    return _CANONICAL.get(name, name)


def mux_mp4(*tracks: Track) -> bytes:
    """Copy the packets of tracks into one mp4; the output is deterministic."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options=_MUXER_OPTIONS) as out:
        streams = [out.add_stream_from_template(t.stream, opaque=True) for t in tracks]
        timed = [
            (packet.dts * seconds, order, packet, stream)
            for order, (track, stream) in enumerate(zip(tracks, streams, strict=True))
            for seconds in [float(track.time_base)]
            for packet in track.packets
        ]
        timed.sort(key=lambda t: t[:2])
        for _, _, packet, stream in timed:
            packet.stream = stream
            out.mux(packet)
    return buffer.getvalue()


def is_standard(recording: Recording) -> bool:
    """Return whether a recording is an mp4 or mov whose packets rows can copy."""
    return (
        recording.container.format.name.startswith("mov")
        and (recording.video is None or codec_of(recording.video) in COPIED_VIDEO)
        and (recording.audio is None or codec_of(recording.audio) in COPIED_AUDIO)
    )
