"""Recordings in every container and codec that is tried."""

from collections.abc import Mapping

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-ac", "2")

FORMATS: Mapping[str, tuple[tuple[str, ...], bool, bool]] = {
    "mkv.mkv": ((*X264, *AAC), True, True),
    "mov.mov": ((*X264, *AAC), True, True),
    "ts.ts": ((*X264, *AAC), True, True),
    "flv.flv": ((*X264, *AAC), True, True),
    "reordered.avi": ((*X264, *AAC), True, True),
    "fragmented.mp4": ((*X264, *AAC, "-movflags", "frag_keyframe+empty_moov"), True, True),
    "vp9-opus.webm": (("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"), True, True),
    "av1.mp4": (("-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "50", *AAC), True, True),
    "mp3.mp4": ((*X264, "-c:a", "mp3"), True, True),
    "flac.mkv": ((*X264, "-c:a", "flac"), True, True),
    "5.1.mp4": ((*X264, "-c:a", "aac", "-ac", "6"), True, True),
    "mono.mp4": ((*X264, "-c:a", "aac", "-ac", "1"), True, True),
    "he-rate.mp4": ((*X264, "-c:a", "aac", "-ar", "22050"), True, True),
    "10bit.mp4": (("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", *AAC), True, True),
    "full-range.mp4": ((*X264[:-1], "yuvj420p", "-color_range", "pc", *AAC), True, True),
    "anamorphic.mp4": (("-vf", "setsar=2/1", *X264, *AAC), True, True),
    "odd.webm": (("-vf", "scale=161:121", "-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"), True, True),
    "vp8-vorbis.webm": (("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis"), False, False),
    "mpeg4-mp3.avi": (("-c:v", "mpeg4", "-c:a", "mp3"), False, True),
    "mjpeg-pcm.avi": (("-c:v", "mjpeg", "-q:v", "3", "-c:a", "pcm_s16le"), False, False),
    "pcm.mkv": ((*X264, "-c:a", "pcm_s16le"), True, False),
    "mpeg2.mpg": (("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2"), False, False),
    "wmv.wmv": (("-c:v", "wmv2", "-q:v", "2", "-c:a", "wmav2"), False, False),
    "hevc.mp4": (("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", *AAC), False, True),
    "ac3.mp4": ((*X264, "-c:a", "ac3"), True, False),
    "unicode ☃ and spaces.mp4": ((*X264, *AAC), True, True),
}
"""Options of ffmpeg by file name, and whether rows copy the picture and the sound."""
