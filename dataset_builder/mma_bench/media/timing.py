"""Repair packet timestamps that a container rounds, reorders or omits."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.stream import VideoStream

from mma_bench.core.errors import ClipError
from mma_bench.media.container import UNNAMED, require_plain
from mma_bench.media.tracks import Track, codec_name, trimmed_samples

# Constant packet lengths, in samples. Matroska and FLV round times to milliseconds; counting packets restores them.
_FRAME_SIZES = {"aac": (1024, 2048), "mp3": (1152, 576), "opus": (960, 480, 1920, 2880, 240, 120)}


def video_track(stream: VideoStream, packets: list[Packet]) -> Track:
    """Build a video track in which every packet has a PTS, a DTS and a duration.

    Packets that are never shown are left out: those before the first key frame and after the end of an edit list.

    Raises:
        ClipError: the stream is encrypted, or its frames have no timestamps at all or are never shown.
    """
    require_plain(stream, packets)
    demuxed, packets = len(packets), _without_end(_from_key_frame(stream, packets))
    if stream.codec_context.has_b_frames and stream.container.format.name == "avi":
        _order_by_decoding(stream, packets)
    for packet in packets:
        packet.pts = packet.dts if packet.pts is None else packet.pts
    if all(p.is_discard for p in packets):
        raise ClipError(UNNAMED, "damaged", "none of its frames is ever shown; download or copy it again")
    if any(p.pts is None for p in packets):
        raise ClipError(UNNAMED, "damaged", "its frames carry no presentation times; remux it, e.g. to mkv")
    for before, packet in pairwise(sorted(packets, key=lambda p: p.pts)):
        packet.pts = max(packet.pts, before.pts + 1)  # streams that were joined may overlap
    shown = sorted(p.pts for p in packets)
    if any(p.dts is None or p.dts > p.pts for p in packets) or any(a.dts >= b.dts for a, b in pairwise(packets)):
        # Derive an increasing DTS that is never later than the PTS.
        delay = max(time - p.pts for time, p in zip(shown, packets, strict=True))
        for packet, time in zip(packets, shown, strict=True):
            packet.dts = time - delay
    if any(not p.duration for p in packets):
        typical = _median([b - a for a, b in pairwise(shown)]) or 1
        for packet in packets:
            packet.duration = packet.duration or typical
    return Track(stream, packets, demuxed)


def _without_end(packets: list[Packet]) -> list[Packet]:
    """Leave out the last packets if none of them is played."""
    played = next((count for count in range(len(packets), 0, -1) if not packets[count - 1].is_discard), None)
    return packets[:played]


def _from_key_frame(stream: VideoStream, packets: list[Packet]) -> list[Packet]:
    """Leave out the packets at the start that cannot be decoded, since the recording began between key frames."""
    first = next((k for k, packet in enumerate(packets) if packet.is_keyframe), 0)
    kept, key = packets[first:], packets[first].pts
    leading = [k for k, p in enumerate(kept[:_LEADING]) if key is not None and p.pts is not None and p.pts < key]
    if not leading:
        return kept
    context = stream.codec_context
    shown = {frame.pts for packet in (*kept[: leading[-1] + 1], None) for frame in context.decode(packet)}
    context.flush_buffers()
    return [packet for k, packet in enumerate(kept) if k not in leading or packet.pts in shown]


_LEADING = 64
"""Packets after the first key frame among which some may be shown before it."""


def _order_by_decoding(stream: VideoStream, packets: list[Packet]) -> None:
    """Derive the PTS by decoding, which AVI requires because it does not store the display order."""
    context = stream.codec_context
    context.copy_opaque = True
    for k, packet in enumerate(packets):
        packet.opaque = k
    shown = [int(frame.opaque) for packet in (*packets, None) for frame in context.decode(packet)]
    context.flush_buffers()
    times = sorted(p.dts for p in packets if p.dts is not None)
    for k, time in zip(shown, times, strict=False):
        packets[k].pts = time


def audio_track(stream: AudioStream, packets: list[Packet]) -> Track:
    """Build an audio track that ends where the file declares, exact to the sample if the packet length is known.

    Raises:
        ClipError: the stream is encrypted.
    """
    require_plain(stream, packets)
    packets = _without_end(packets)
    for packet in packets:
        packet.pts = packet.dts if packet.pts is None else packet.pts
    if packets[0].pts is None:
        packets[0].pts = 0
    timed = [p for p in packets if p.pts is not None]
    exact = stream.time_base == Fraction(1, stream.rate)
    track = (None if exact else _counted(stream, packets, timed)) or _monotonic(stream, timed)
    last = track.packets[-1]
    end = track.end
    if not stream.container.format.name.startswith("mov"):  # whose durations already leave out what is trimmed
        end -= Fraction(trimmed_samples(last)[1], stream.rate)
    elif stream.duration:
        end = min(end, track.start + stream.duration * stream.time_base)
    last.duration = max(1, round(end / last.time_base) - last.pts)
    return track


def _counted(stream: AudioStream, packets: list[Packet], timed: list[Packet]) -> Track | None:
    """Retime packets by counting samples; None if the packet length is unknown or the timestamps do not fit it."""
    base, rate = packets[0].time_base, stream.rate
    tick = base * rate
    step = _median([b.pts - a.pts for a, b in pairwise(timed)]) * tick
    size = next((n for n in _FRAME_SIZES.get(codec_name(stream), ()) if abs(n - step) <= tick), 0)
    if not size or (places := _places(packets, size / tick)) is None:
        return None
    first = round(packets[0].pts * tick)
    priming = trimmed_samples(packets[0])[0]
    if 0 < abs(first + priming) <= tick:
        first = -priming  # the difference is a rounding error of the container
    last = min(size, round(packets[-1].duration * tick) or size)
    samples = Fraction(1, rate)
    for packet, place in zip(packets, places, strict=True):
        packet.time_base = samples
        packet.pts = packet.dts = first + place * size
        packet.duration = size
    packets[-1].duration = last
    return Track(stream, packets)


def _places(packets: Sequence[Packet], step: Fraction) -> list[int] | None:
    """Assign numbers to packets by their timestamps, skipping those of missing packets; None if they do not fit.

    `step` is the length of a packet in ticks.
    """
    places = [0]
    for before, packet in pairwise(packets):
        known = before.pts is not None and packet.pts is not None
        places.append(places[-1] + (max(1, round((packet.pts - before.pts) / step)) if known else 1))
    first = packets[0].pts
    fit = all(p.pts is None or abs(p.pts - first - k * step) < step / 2 for k, p in zip(places, packets, strict=True))
    return places if fit else None


def _monotonic(stream: AudioStream, timed: list[Packet]) -> Track:
    """Keep the packets' timestamps; drop packets that are not later than their predecessor."""
    typical: int | None = None
    kept: list[Packet] = []
    latest = timed[0].pts - 1
    for packet in timed:
        if packet.pts > latest:
            packet.dts = latest = packet.pts
            kept.append(packet)
            if not packet.duration:
                typical = typical or _median([b.pts - a.pts for a, b in pairwise(timed)]) or 1
                packet.duration = typical
    return Track(stream, kept)


def _median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2] if values else 0
