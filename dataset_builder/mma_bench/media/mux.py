"""Packets into an mp4."""

from __future__ import annotations

import io

import av

from mma_bench.media.tracks import Recording, Track

COPIED_VIDEO = frozenset({"h264", "vp9", "av1"})
COPIED_AUDIO = frozenset({"aac", "mp3", "opus", "flac"})
"""Codecs that mp4 carries and browsers play; anything else is encoded to h264 and aac."""

# libdav1d is the decoder's name for the codec "av1", and so on; only mp3 and av1 differ among those copied.
_CANONICAL = {"libdav1d": "av1", "mp3float": "mp3", "libopus": "opus"}


_MUXER_OPTIONS = {
    "fflags": "+bitexact",  # else the muxer signs the file with its version
    "movie_timescale": "90000",  # of edit lists; by default they round to milliseconds
}


def codec_of(track: Track) -> str:
    """The codec's canonical name, whichever decoder was chosen for it."""
    name: str = track.stream.codec_context.name
    return _CANONICAL.get(name, name)


def mux_mp4(*tracks: Track) -> bytes:
    """Write tracks into one mp4, copying their packets. The same tracks give the same bytes."""
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
    """Whether a recording is an mp4 of copied codecs: its packets go into rows as they are."""
    return (
        recording.container.format.name.startswith("mov")
        and (recording.picture is None or codec_of(recording.picture) in COPIED_VIDEO)
        and (recording.sound is None or codec_of(recording.sound) in COPIED_AUDIO)
    )
